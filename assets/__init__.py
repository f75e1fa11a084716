"""Trained networks and recorded results, packed as `sslearn.assets`; `studies/` made them."""
