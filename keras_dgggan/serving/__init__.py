"""A client of TF Serving over gRPC. Needs neither TensorFlow nor Keras."""

from keras_dgggan.serving.client import Client as Client
from keras_dgggan.serving.connection import VersionStatus as VersionStatus
from keras_dgggan.serving.signatures import Signature as Signature
from keras_dgggan.serving.tensors import Spec as Spec

__all__ = ["Client", "Signature", "Spec", "VersionStatus"]
