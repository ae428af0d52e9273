"""Measuring methods on benchmark sets, and drawing them side by side."""

from keras_dgggan.evaluation.benchmark_sets import BenchmarkSet as BenchmarkSet
from keras_dgggan.evaluation.benchmark_sets import TestSet as TestSet
from keras_dgggan.evaluation.benchmark_sets import find_benchmark_set as find_benchmark_set
from keras_dgggan.evaluation.benchmark_sets import find_test_set as find_test_set
from keras_dgggan.evaluation.methods import Bicubic as Bicubic
from keras_dgggan.evaluation.methods import ModelMethod as ModelMethod
from keras_dgggan.evaluation.methods import ReadyImages as ReadyImages
from keras_dgggan.evaluation.run import SetResult as SetResult
from keras_dgggan.evaluation.run import evaluate as evaluate
from keras_dgggan.metrics.measures import Protocol as Protocol

# The name that 0.1.0 had.
Model = ModelMethod
