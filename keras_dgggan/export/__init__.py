"""Trained models in the forms that servers and other runtimes load."""

from keras_dgggan.export.graph_check import check_graph as check_graph
from keras_dgggan.export.litert import export_litert as export_litert
from keras_dgggan.export.onnx import export_onnx as export_onnx
from keras_dgggan.export.saved_model import MAX_PIXELS as MAX_PIXELS
from keras_dgggan.export.saved_model import export_saved_model as export_saved_model

__all__ = ["MAX_PIXELS", "check_graph", "export_litert", "export_onnx", "export_saved_model"]
