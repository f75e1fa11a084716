"""What only the notebooks use: figure, check, and one room a notebook, n00_start to n11_network."""
