"""Puts the runtime of the web page into wheels, so that whoever installs one needs no download."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebRuntimeHook(BuildHookInterface):
    """Takes ONNX Runtime Web from the cache of `keras-dgggan web-runtime`, or the npm registry."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a wheel; one built without a network goes without them."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from keras_dgggan.errors import DggganError
        from keras_dgggan.web import runtime

        self._folder = tempfile.TemporaryDirectory()
        try:
            folder = runtime.installed_folder() or runtime.fetch_runtime(self._folder.name)
        except DggganError as error:
            self.app.display_warning(f"The wheel has no runtime for the web page: {error}")
            return
        for name in runtime.FILES:
            target = f"keras_dgggan/web/runtime/{name}"
            build_data["force_include"][str(Path(folder) / name)] = target

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was downloaded."""
        if version != "editable":
            self._folder.cleanup()
