"""Trained networks outside the notebook: integers, NIR, C and a page for any browser."""
