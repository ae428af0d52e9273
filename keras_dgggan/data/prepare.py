"""Cutting large images into overlapping sub-images, which training decodes in little time."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED as FIRST
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from PIL import Image as Pillow

from keras_dgggan.data.folders import AnyPath, find_images
from keras_dgggan.data.source import Image, decode_file, file_stamp
from keras_dgggan.errors import DataError, UsageError, quoted
from keras_dgggan.files import atomic_path

JOURNAL = ".prepare.jsonl"

# Run-length matching only: as small as zlib's best for photographs, and four times as fast.
_PNG_OPTIONS = {"compress_level": 1, "compress_type": 3}


@dataclass(frozen=True)
class Prepared:
    """The result of cutting one image.

    Attributes:
        path: The image.
        count: Sub-images that there are of it.
        before: They were cut by an earlier call.
        problem: Why there are none, in a sentence that names the file.
    """

    path: Path
    count: int = 0
    before: bool = False
    problem: str | None = None


class Preparation:
    """Cuts many images into sub-images, in threads, and continues an earlier call that stopped.

    A line is added to a journal in the output folder when all sub-images of an image are there.
    Later calls pass over images that it names, unless their file has changed.

    Args:
        inputs: Folders, which are searched with their sub-folders, and files.
        output: The folder for sub-images, made if need be: `photo_s001.png`, `photo_s002.png` ...
        size: Height and width of sub-images. An image that is smaller one way is taken whole
            that way.
        step: Distance from one sub-image to the next. When more than a tenth of `size` is left
            over behind the last one, another is added that ends with the image.

    Raises:
        UsageError: There is no image, two images have one name, `output` was cut with another
            size or step, or lies among the inputs.

    Examples:
        >>> Pillow.new("RGB", (400, 300)).save("a.png")
        >>> preparation = Preparation(["a.png"], "sub", size=192, step=96)
        >>> sum(done.count for done in preparation.run())
        6
    """

    def __init__(
        self, inputs: Iterable[AnyPath], output: AnyPath, *, size: int = 480, step: int = 240
    ) -> None:
        inputs = list(inputs)
        self.output = Path(output)
        self.size, self.step = size, step
        self.files = find_images(inputs, recursive=True)
        if not self.files:
            raise UsageError(f"No images in {quoted(inputs)}.")
        self._refuse_own_output()
        self._refuse_same_names()
        self._done = self._read_journal()

    def run(self, workers: int | None = None) -> Iterator[Prepared]:
        """Cut what is not cut yet.

        Args:
            workers: Threads; as many as processors by default.

        Yields:
            A result as each image is done, those of earlier calls first.

        Raises:
            OSError: A sub-image cannot be written.
        """
        stamps = {path: file_stamp(path) for path in self.files}
        waiting = []
        for path in self.files:
            if stamps[path] in self._done:
                yield Prepared(path, self._done[stamps[path]], before=True)
            else:
                waiting.append(path)
        self.output.mkdir(parents=True, exist_ok=True)
        with (
            (self.output / JOURNAL).open("a", encoding="utf-8") as journal,
            ThreadPoolExecutor(workers or os.cpu_count()) as pool,
        ):
            if journal.tell() == 0:
                _write_line(journal, {"size": self.size, "step": self.step})
            else:
                # After a kill the last line may lack its end; an empty line does no harm.
                journal.write("\n")
            futures: set[Future[Prepared]] = {pool.submit(self._cut, path) for path in waiting}
            try:
                while futures:
                    finished, futures = wait(futures, return_when=FIRST)
                    for result in (future.result() for future in finished):
                        if result.problem is None:
                            _write_line(journal, {stamps[result.path]: result.count})
                        yield result
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _cut(self, path: Path) -> Prepared:
        try:
            image = decode_file(path)
        except DataError as error:
            return Prepared(path, problem=str(error))
        count = 0
        for part in sub_images(image, size=self.size, step=self.step):
            count += 1
            with atomic_path(self.output / f"{path.stem}_s{count:03d}.png") as temporary:
                Pillow.fromarray(part).save(temporary, "PNG", **_PNG_OPTIONS)
        return Prepared(path, count)

    def _refuse_own_output(self) -> None:
        output = self.output.resolve()
        for path in self.files:
            if output in path.resolve().parents:
                raise UsageError(
                    f"The output folder '{self.output}' holds the input '{path}': "
                    "name a folder of its own."
                )

    def _refuse_same_names(self) -> None:
        by_name: dict[str, Path] = {}
        clashes = []
        for path in self.files:
            other = by_name.setdefault(os.path.normcase(path.stem), path)
            if other is not path:
                clashes.append(f"'{other}' and '{path}'")
        if clashes:
            raise UsageError(
                "Sub-images are called after their image, so names must differ: "
                f"{'; '.join(clashes)}. Rename one, or prepare them into folders of their own."
            )

    def _read_journal(self) -> dict[str, int]:
        path = self.output / JOURNAL
        if not path.exists():
            return {}
        lines = []
        for line in path.read_text("utf-8").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                # The last line of a call that was killed while writing it.
                continue
        settings = {"size": self.size, "step": self.step}
        if lines and lines[0] != settings:
            theirs = lines[0]
            raise UsageError(
                f"'{self.output}' holds sub-images of --size {theirs.get('size')} --step "
                f"{theirs.get('step')}, not {self.size} and {self.step}: name another folder."
            )
        return {stamp: count for line in lines[1:] for stamp, count in line.items()}


def sub_images(image: Image, *, size: int, step: int) -> Iterator[Image]:
    """The sub-images of an image, row by row.

    Args:
        image: uint8 `[height, width, 3]`.
        size: Their height and width.
        step: Distance from one to the next.

    Examples:
        >>> image = np.zeros((480, 760, 3), np.uint8)
        >>> [part.shape for part in sub_images(image, size=480, step=240)]
        [(480, 480, 3), (480, 480, 3)]
    """
    for top in _starts(image.shape[0], size, step):
        for left in _starts(image.shape[1], size, step):
            yield image[top : top + size, left : left + size]


def _starts(length: int, size: int, step: int) -> Sequence[int]:
    if length <= size:
        return [0]
    starts = list(range(0, length - size + 1, step))
    # A strip narrower than this is not worth an image that repeats nearly all of the last one.
    if length - (starts[-1] + size) > size // 10:
        starts.append(length - size)
    return starts


def _write_line(journal: TextIO, entry: dict[str, int]) -> None:
    journal.write(json.dumps(entry) + "\n")
    journal.flush()
