"""The client: arrays and picture files through a model on a server."""

import math
import os
from collections.abc import Iterator
from typing import IO, Self

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.errors import ServingError, UsageError
from keras_dgggan.images import DEFAULT_QUALITY, MAX_MEGAPIXELS
from keras_dgggan.images.blended import upscale_tiled
from keras_dgggan.images.channels import runs_of, share_of, upscale_picture
from keras_dgggan.images.file_upscaling import upscale_file
from keras_dgggan.serving.address import Tls
from keras_dgggan.serving.connection import Connection, VersionStatus
from keras_dgggan.serving.served_model import (
    ServedModel,
    Tile,
    VersionChanged,
    scale_and_limit,
)
from keras_dgggan.serving.signatures import Signature

TILE, OVERLAP, IN_FLIGHT = 192, 32, 4
# A version that takes over while a picture is under way makes its tiles disagree.
_ATTEMPTS = 3


class Client:
    """Upscales arrays and files through TF Serving.

    Pictures up to the server's limit are sent whole, and the result is exactly the network's.
    Larger ones are cut into tiles here and blended; see `keras_dgggan.images.blended` for what that
    costs in exactness. Nothing is sent before the first call.

    Args:
        target: The server's gRPC address, `"host:port"`.
        model: The model's name on the server.
        version: Ask for this version; without it and `label`, for the newest one.
        label: Ask for the version that carries this label, such as `"stable"`.
        tls: True for TLS by the system's authorities, a PEM file of authorities, or gRPC
            channel credentials (for client certificates); False for no TLS.
        timeout: Seconds that one request, of one picture or tile, may take.
        retry_for: Seconds for which a request is repeated while the server cannot be reached,
            loads, or does not answer in time. None stands for 120 with a server that has answered
            before, as after its restart, and for 5 with one that never has.
        retries: How often a request is repeated at most; None for no such bound.
        backoff: Seconds before the first repetition, doubled before each further one, up to 8.
        tile: The side of a tile in pixels: larger pictures are cut. None cuts none that the server
            takes whole, and others into tiles of 192.
        overlap: By how many pixels neighbouring tiles overlap at least.
        in_flight: How many requests are under way at a time.

    Raises:
        UsageError: Arguments contradict each other, or `target` is no gRPC address.
        ServingError: From every method: the server cannot be reached, does not have the model,
            has another kind of model, or refuses or fails; one sentence says which.

    Examples:
        >>> with Client("localhost:8500", "dgggan") as client:  # doctest: +SKIP
        ...     large = client.upscale(np.zeros((24, 32, 3), np.uint8))
        >>> large.shape  # doctest: +SKIP
        (96, 128, 3)
    """

    def __init__(
        self,
        target: str,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        tls: Tls = False,
        timeout: float = 300.0,
        retry_for: float | None = None,
        retries: int | None = None,
        backoff: float = 0.5,
        tile: int | None = None,
        overlap: int = OVERLAP,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        if not 0 <= overlap < (tile or TILE):
            raise UsageError(
                f"the overlap must be at least 0 and less than the tile of {tile or TILE}: "
                f"{overlap}"
            )
        if in_flight < 1:
            raise UsageError(f"in_flight must be at least 1: {in_flight}")
        self.tile, self.overlap, self.in_flight = tile, overlap, in_flight
        self.connection = Connection(
            target,
            model,
            version=version,
            label=label,
            tls=tls,
            timeout=timeout,
            retry_for=retry_for,
            retries=retries,
            backoff=backoff,
        )
        self._scale: int | None = None
        self._max_pixels: int | None = None

    @property
    def scale(self) -> int:
        """The model's scale. Asks the server on first use, and checks what it serves."""
        if self._scale is None:
            self._scale, self._max_pixels = scale_and_limit(self.connection)
        return self._scale

    @property
    def max_pixels(self) -> int | None:
        """The most pixels in one picture that the server takes; None where it does not say."""
        _ = self.scale
        return self._max_pixels

    def tile_for(self, height: int, width: int) -> int:
        """Return the side of the tiles that a picture is cut into: its own where it is not."""
        if self.tile is not None:
            return self.tile
        limit = self.max_pixels
        if limit is None:
            return TILE
        return max(height, width) if height * width <= limit else min(TILE, math.isqrt(limit))

    def status(self) -> list[VersionStatus]:
        """Return the state of every version of the model that the server knows."""
        return self.connection.status()

    def metadata(self) -> dict[str, Signature]:
        """Return the model's endpoints by name."""
        return self.connection.metadata()

    def upscale(self, image: npt.NDArray, *, report: Report | None = None) -> npt.NDArray:
        """Return the image enlarged by `scale`, with the layout and dtype it came in.

        Opaque 8-bit colour travels as uint8, a quarter of the bytes; all else as float32. Channels
        and depths are treated as in `keras_dgggan.inference.upscale_picture`.

        Args:
            image: `[height, width]` or `[height, width, channels]`: gray, gray with alpha, RGB
                or RGB with alpha; uint8, uint16, or float in [0, 1].
            report: Called as tiles arrive with the part that is done, from 0 to 1.

        Returns:
            `[scale * height, scale * width]` or `[scale * height, scale * width, channels]`.
        """
        image = np.asarray(image)
        runs = runs_of(image)
        # Gray is the mean of three colours, to be taken before they are rounded and clipped.
        is_8_bit_colour = image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] >= 3
        for _ in range(_ATTEMPTS):
            model = ServedModel(
                self.connection,
                self.scale,
                self._tiled,
                is_8_bit=is_8_bit_colour,
                report=share_of(report, 0, runs),
            )
            alpha_model = model.in_floats(share_of(report, 1, runs))
            try:
                return upscale_picture(image, model, self.scale, alpha_model=alpha_model)
            except VersionChanged as change:
                changed = change
        raise ServingError(
            f"the server at {self.connection.target} changed its version of model "
            f"{self.connection.model!r} during each of {_ATTEMPTS} attempts at a picture "
            f"({changed}): ask for a version by number"
        )

    def upscale_file(
        self,
        source: str | os.PathLike[str] | bytes,
        target: str | os.PathLike[str] | IO[bytes],
        *,
        format: str | None = None,
        quality: int = DEFAULT_QUALITY,
        strip_metadata: bool = False,
        max_megapixels: float = MAX_MEGAPIXELS,
        first_frame: bool = False,
        report: Report | None = None,
    ) -> tuple[int, int]:
        """Upscale a picture file; depth, alpha, colour profile, EXIF and resolution are kept.

        Of an animation every frame is upscaled, of a TIFF file every page.

        Args:
            source: A path, or the bytes of a file. EXIF orientation is applied before sending.
            target: A path, where the file appears whole or not at all, or a binary stream.
            format: A name of `keras_dgggan.images.FORMATS`; by default the one of the path's
                ending, then the picture's own.
            quality: 1 to 100 for JPEG and WebP.
            strip_metadata: Keep the colour profile alone of all that the file says.
            max_megapixels: The largest picture that is read.
            first_frame: Take the first frame of an animation, or the first page, alone.
            report: As in `upscale`.

        Returns:
            Width and height of the result.

        Raises:
            ImageFileError: The file cannot be read or written.
            ServingError: As in `upscale`; nothing is written then.

        Examples:
            >>> with Client("localhost:8500", "dgggan") as client:  # doctest: +SKIP
            ...     client.upscale_file("photo.jpg", "photo_x4.png")
            (1600, 1200)
        """
        made = upscale_file(
            source,
            target,
            lambda _: self,
            format=format,
            quality=quality,
            strip_metadata=strip_metadata,
            max_megapixels=max_megapixels,
            first_frame=first_frame,
            report=report,
        )
        return made["width"], made["height"]

    def close(self) -> None:
        """End the calls under way and close the channel."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tiled(
        self, image: npt.NDArray, upscale: Tile, report: Report | None
    ) -> Iterator[npt.NDArray]:
        tile = self.tile_for(*image.shape[:2])
        return upscale_tiled(
            image,
            upscale,
            scale=self.scale,
            tile=tile,
            overlap=min(self.overlap, tile // 2) if self.tile is None else self.overlap,
            in_flight=self.in_flight,
            report=report,
        )
