"""Import of weights that other systems publish: reading, identifying, converting."""
