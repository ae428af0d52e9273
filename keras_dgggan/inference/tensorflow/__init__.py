"""TensorFlow as an engine: any network, on CPUs and GPUs."""
