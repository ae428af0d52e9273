"""`Pages`: TIFF files of several pictures, page by page."""

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.opening import MAX_MEGAPIXELS, ImageSource, naming, read_bytes
from keras_dgggan.images.picture import Picture
from keras_dgggan.images.reading import read_image
from keras_dgggan.images.tiff import LARGEST, write_tiff
from keras_dgggan.images.writing import metadata_for


@dataclass(frozen=True)
class Pages:
    """The pages of a TIFF file, each with its own size, depth and metadata.

    Attributes:
        source: The file, as messages name it.
        offsets: Where each page's directory lies in the file.
    """

    source: ImageSource
    offsets: tuple[int, ...]
    max_megapixels: float
    _data: bytes = field(repr=False)

    @property
    def compression(self) -> None:
        """None: the compression of TIFF files is not looked at."""

    def pictures(self) -> Iterator[Picture]:
        """The pages one by one.

        Raises:
            ImageFileError: A page is damaged, too large, or of samples that cannot be handled.
        """
        for number in range(len(self.offsets)):
            yield self.page(number)

    def page(self, number: int) -> Picture:
        """One page, counted from 0."""
        # The same file, but that its chain of directories begins at this one.
        mark, at = ("Q", 8) if self._data[2:4] in (b"+\0", b"\0+") else ("L", 4)
        order = "<" if self._data.startswith(b"II") else ">"
        start = struct.pack(order + mark, self.offsets[number])
        data = self._data[:at] + start + self._data[at + len(start) :]
        try:
            with naming(self.source):
                return read_image(data, max_megapixels=self.max_megapixels, first_frame=True)
        except ImageFileError as error:
            told = str(error).replace("the image data", f"page {number + 1}", 1)
            raise ImageFileError(told) from error


def open_pages(source: ImageSource, *, max_megapixels: float = MAX_MEGAPIXELS) -> Pages:
    """Find the pages of a TIFF file; none is decoded yet.

    Raises:
        ImageFileError: The file cannot be read, or is no TIFF.
    """
    import tifffile

    data = read_bytes(source)
    with naming(source), tifffile.TiffFile(io.BytesIO(data)) as file:
        offsets = tuple(int(page.offset) for page in file.pages)
    return Pages(source, offsets, max_megapixels, data)


def write_pages(pictures: Iterable[Picture], stream: IO[bytes]) -> None:
    """Write pictures as the pages of a TIFF file, one by one.

    Args:
        stream: Binary, to be written, read and sought in.

    Raises:
        ImageFileError: They exceed the 4 GiB of a classic TIFF file.

    Examples:
        >>> import numpy as np
        >>> file = io.BytesIO()
        >>> write_pages([Picture(np.zeros((2, width, 1), np.uint16)) for width in (3, 5)], file)
        >>> [picture.pixels.shape for picture in open_pages(file.getvalue()).pictures()]
        [(2, 3, 1), (2, 5, 1)]
    """
    link = None
    for picture in pictures:
        start = stream.seek(0, io.SEEK_END)
        if start % 2:
            start += stream.write(b"\0")
        metadata = metadata_for(picture, picture.icc_profile, "tiff")
        write_tiff(picture.pixels, stream, metadata, offset=start)
        if stream.tell() > LARGEST:
            raise ImageFileError("a TIFF file holds at most 4 GiB: write these pages apart")
        # Behind the header in the first page.
        directory = start or 8
        if link is not None:
            stream.seek(link)
            stream.write(struct.pack("<L", directory))
        stream.seek(directory)
        (entries,) = struct.unpack("<H", stream.read(2))
        link = directory + 2 + 12 * entries
