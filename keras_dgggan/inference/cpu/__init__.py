"""The fused computation of a generator for CPUs: the same function in fewer operations."""

from keras_dgggan.inference.cpu.generator import FusedGenerator as FusedGenerator
