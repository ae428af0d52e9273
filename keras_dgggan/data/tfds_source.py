"""Images of TensorFlow Datasets, by number."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from keras_dgggan.data.source import Image, Sample, Source
from keras_dgggan.errors import DataError, ImageFileError, UsageError, did_you_mean, first_line
from keras_dgggan.files import atomic_write_bytes, atomic_write_text, cache_folder
from keras_dgggan.images import decode_rgb8

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

# Encoded images of a record, by the name of the feature.
Record = Mapping[str, bytes]


@dataclass(frozen=True, init=False)
class TfdsSource(Source):
    """A split of a dataset of TensorFlow Datasets.

    Datasets stored as ArrayRecord are read where they are, any image at any time. Other formats
    can only be read from front to back: their encoded images are copied, once, to the user's
    cache folder. A dataset that is not there yet is downloaded and prepared by TFDS, as
    ArrayRecord. Images are decoded as those of any other source.

    Args:
        name: A dataset with features `lr` and `hr`, like `div2k/bicubic_x4`, or with one image
            feature or one called `image`.
        split: Like `train`, `validation` or `train[:90%]`.
        data_dir: Where TFDS keeps its datasets; TFDS' own default if not given.

    Raises:
        UsageError: There is no such dataset or split, or its features are others.
        DataError: TFDS cannot download or prepare it.

    Examples:
        >>> source = TfdsSource("div2k/bicubic_x4", split="validation")  # doctest: +SKIP
        >>> source.load(0).lr.shape  # doctest: +SKIP
        (339, 510, 3)
    """

    name: str
    split: str
    location: str
    paired: bool
    count: int
    _feature: str
    _record: Callable[[int], Record] = field(compare=False, repr=False)

    def __init__(
        self,
        name: str,
        *,
        split: str = "train",
        data_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        builder = _prepared_builder(name, data_dir)
        features = _image_features(builder, name)
        records = _random_access(builder, name, split, features)
        for attribute, value in {
            "name": name,
            "split": split,
            "location": str(builder.data_path),
            "paired": len(features) == 2,
            "count": records[0],
            "_feature": features[0],
            "_record": records[1],
        }.items():
            object.__setattr__(self, attribute, value)

    @property
    def names(self) -> Sequence[str]:  # type: ignore[override]
        return tuple(map(self._name, range(self.count)))

    def __len__(self) -> int:
        return self.count

    def load(self, index: int) -> Sample:
        name, record = self._name(index), self._record(index)
        lr = _decode(record["lr"], f"{name} (lr)") if self.paired else None
        return Sample(name=name, hr=_decode(record[self._feature], name), lr=lr)

    def stamp(self, index: int) -> str:
        return f"{self.location}:{self.split}:{index}"

    def _name(self, index: int) -> str:
        return f"{self.name}[{self.split}]#{index}"


def _prepared_builder(
    name: str, data_dir: str | os.PathLike[str] | None
) -> "tfds.core.DatasetBuilder":
    import tensorflow_datasets as tfds

    directory = None if data_dir is None else os.fspath(data_dir)
    try:
        builder = tfds.builder(name, data_dir=directory)
    # The class for an unknown dataset is private; a wrong config is a plain ValueError.
    except ValueError as error:
        hint = did_you_mean(name.split("/")[0], tfds.list_builders())
        raise UsageError(f"TFDS: {first_line(error)} Received: {name!r}{hint}.") from error
    if not builder.is_prepared():
        try:
            builder.download_and_prepare(file_format="array_record")
        # Downloads, checksums, archives and parsers each have errors of their own.
        except Exception as error:
            raise DataError(f"TFDS cannot prepare '{name}': {first_line(error)}") from error
    return builder


def _image_features(builder: "tfds.core.DatasetBuilder", name: str) -> tuple[str, ...]:
    """The feature with HR images, then the one with LR images if there is one."""
    import tensorflow_datasets as tfds

    images = [
        key for key, kind in builder.info.features.items() if isinstance(kind, tfds.features.Image)
    ]
    if {"lr", "hr"} <= set(images):
        return ("hr", "lr")
    if "image" in images:
        return ("image",)
    if len(images) == 1:
        return (images[0],)
    raise UsageError(
        f"The TFDS dataset '{name}' has the features {', '.join(builder.info.features)}: "
        "needed are lr and hr, or one called image."
    )


def _random_access(
    builder: "tfds.core.DatasetBuilder", name: str, split: str, features: Sequence[str]
) -> tuple[int, Callable[[int], Record]]:
    """The number of records, and a function from a number to a record."""
    import tensorflow_datasets as tfds

    decoders = {feature: tfds.decode.SkipDecoding() for feature in features}
    try:
        count = builder.info.splits[split].num_examples
    except (KeyError, ValueError):
        raise UsageError(
            f"The TFDS dataset '{name}' has no split {split!r}: choose from "
            f"{', '.join(builder.info.splits)}, or a part like train[:90%]."
        ) from None
    if not count:
        raise UsageError(f"The split {split!r} of the TFDS dataset '{name}' is empty.")
    with suppress(NotImplementedError):
        data_source = builder.as_data_source(split, decoders=decoders)
        return count, data_source.__getitem__
    key = hashlib.sha256(f"{builder.data_path}:{split}".encode()).hexdigest()[:32]
    folder = cache_folder() / "tfds" / builder.info.full_name / key
    if not (folder / "complete").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        dataset = builder.as_dataset(split, decoders=decoders, shuffle_files=False)
        for number, record in enumerate(dataset.as_numpy_iterator()):
            for feature in features:
                atomic_write_bytes(_copy(folder, number, feature), record[feature])
        atomic_write_text(folder / "complete", f"{count}\n")

    def read(number: int) -> Record:
        return {feature: _copy(folder, number, feature).read_bytes() for feature in features}

    return count, read


def _copy(folder: Path, number: int, feature: str) -> Path:
    return folder / f"{number:07d}.{feature}"


def _decode(data: bytes, name: str) -> Image:
    try:
        return decode_rgb8(data)
    except ImageFileError as error:
        raise DataError(str(error).replace("the image data", f"'{name}'", 1)) from None
