"""A page that upscales pictures in the browser: its files, its runtime, its models, a server."""

from keras_dgggan.web.model_file import pack_model as pack_model
from keras_dgggan.web.runtime import fetch_runtime as fetch_runtime
from keras_dgggan.web.server import SiteServer as SiteServer
from keras_dgggan.web.site import site_files as site_files
from keras_dgggan.web.site import write_page as write_page
from keras_dgggan.web.site import write_site as write_site

__all__ = ["SiteServer", "fetch_runtime", "pack_model", "site_files", "write_page", "write_site"]
