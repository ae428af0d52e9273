"""ONNX Runtime as an engine: a generator on the CPU, without TensorFlow and Keras."""
