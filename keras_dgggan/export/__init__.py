"""Models in the forms that servers and other runtimes load."""

from keras_dgggan.export.saved_model import export_saved_model as export_saved_model
