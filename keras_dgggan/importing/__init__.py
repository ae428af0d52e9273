"""Weights of PyTorch networks, read, matched by name and converted."""
