"""What a step of a network costs: counted operations and memory, times published energies."""
