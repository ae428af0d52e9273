"""One worker: a model or two, and pictures from where they lie to where they go."""

import io
import os
import platform
import shutil
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy.typing as npt

from keras_dgggan.bulk.manifest import Row
from keras_dgggan.bulk.model_files import ModelFiles
from keras_dgggan.bulk.settings import AUTO, Settings, is_begun
from keras_dgggan.bulk.storage import place_of
from keras_dgggan.errors import DggganError, OutputError, failure_of
from keras_dgggan.images.compression import Compression
from keras_dgggan.images.file_upscaling import upscale_file
from keras_dgggan.images.ordered import InOrder
from keras_dgggan.inference.upscaler import Upscaler
from keras_dgggan.presets import preset_for

# What `name_of` calls bytes.
_UNNAMED = "the image data"

# Pictures that are read while one is computed.
_AHEAD = 2


class PictureMaker:
    """Upscales picture files in memory, with one model or with the preset that suits each.

    Args:
        settings: Model and options.
        models: The models that they need, by name.
        threads: How many compute; a result depends on them, in last bits. None takes all cores.

    Examples:
        >>> settings = Settings(model="dgggan_x4_light")
        >>> maker = PictureMaker(settings, settings.models(), threads=1)
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (4, 3)).save(file, "PNG")
        >>> made, facts = maker(file.getvalue(), "a.png")
        >>> facts
        {'model': 'dgggan_x4_light', 'width': 16, 'height': 12}
    """

    def __init__(
        self, settings: Settings, models: Mapping[str, ModelFiles], *, threads: int | None
    ) -> None:
        if threads is not None:
            limit_threads(threads)
        self._settings = settings
        self._models = models
        self._upscalers: dict[str, Upscaler] = {}
        self._folder = tempfile.mkdtemp(prefix="keras-dgggan-")
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def __call__(self, data: bytes, name: str, format: str | None = None) -> tuple[bytes, Row]:
        """Upscale one picture.

        Args:
            data: The content of its file.
            name: What messages call it.
            format: A name in `FORMATS`; by default the settings', then the file's own.

        Returns:
            The content of the larger file, and its `model`, `width` and `height`.

        Raises:
            DggganError: It cannot be read, or not be upscaled or written.
            MemoryError: It does not suffice.
        """
        settings, stream, model = self._settings, io.BytesIO(), ""

        def choose(compression: Compression | None) -> Upscaler:
            nonlocal model
            model, upscaler = self._chosen(compression)
            return upscaler

        try:
            size = upscale_file(
                data,
                stream,
                choose,
                format=format or settings.format,
                quality=settings.quality,
                strip_metadata=settings.strip_metadata,
                max_megapixels=settings.max_megapixels,
                several=False,
                name=name,
            )
        except DggganError as error:
            raise type(error)(str(error).replace(_UNNAMED, f"'{name}'")) from error
        return stream.getvalue(), {"model": model, **size}

    def array(self, pixels: npt.NDArray) -> npt.NDArray:
        """Upscale an array as `Upscaler.upscale` takes it."""
        return self._chosen(None)[1].upscale(pixels)

    def _upscaler(self, name: str) -> Upscaler:
        if name not in self._upscalers:
            settings = self._settings
            model = self._models[name].unpack(os.path.join(self._folder, str(len(self._upscalers))))
            self._upscalers[name] = Upscaler(
                model,
                tile=settings.tile,
                ensemble=settings.ensemble,
                outscale=settings.outscale,
                engine=settings.engine,
            )
        return self._upscalers[name]

    def _chosen(self, compression: Compression | None) -> tuple[str, Upscaler]:
        model = self._settings.model
        name = preset_for(compression) if model == AUTO else model
        return name, self._upscaler(name)


class Worker:
    """Makes the pictures of a plan, and tells what became of each.

    Args:
        threads: How many compute.
    """

    def __init__(
        self,
        output: str,
        settings: Settings,
        models: Mapping[str, ModelFiles],
        fingerprint: str,
        threads: int | None,
    ) -> None:
        self._output = place_of(output)
        self._fingerprint = fingerprint
        self._make = PictureMaker(settings, models, threads=threads)
        self._machine = platform.node()
        self._read = InOrder(_AHEAD)

    def __call__(self, jobs: Sequence[Mapping[str, str]]) -> list[Row]:
        """Make pictures.

        Args:
            jobs: Rows of a plan: `input`, `output`, `format`.

        Returns:
            A row of the manifest for each.

        Raises:
            OutputError: This machine does not see the folder of the outputs.
        """
        if self._output.local and not is_begun(self._output):
            raise OutputError(
                f"the machine '{self._machine}' does not see the folder '{self._output.name}': "
                "OUTPUT has to be a bucket, or a folder that all machines share"
            )
        contents = self._read(_read, ((job["input"],) for job in jobs))
        return [self._row(job, content) for job, content in zip(jobs, contents, strict=True)]

    def _row(self, job: Mapping[str, str], content: bytes | Exception) -> Row:
        start = time.monotonic()
        row: Row = {
            "input": job["input"],
            "output": job["output"],
            "machine": self._machine,
            "settings": self._fingerprint,
        }
        try:
            if isinstance(content, Exception):
                raise content
            row["input_bytes"] = len(content)
            made, facts = self._make(content, job["input"], job["format"])
            row |= facts
            (self._output / job["output"]).write(made)
            row |= {"output_bytes": len(made), "sha256": sha256(made).hexdigest()}
        # Whatever is wrong with one picture, or with us: the others are not lost to it.
        except Exception as error:
            row["error"] = failure_of(job["input"], error)
        row["seconds"] = time.monotonic() - start
        return row


def limit_threads(threads: int) -> None:
    """Let this process compute by so many threads, whatever engine runs; before it starts."""
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(threads)


def _read(name: str) -> bytes | Exception:
    try:
        return place_of(name).read()
    except Exception as error:
        return error
