"""The recipe's section on data."""

from typing import Annotated, Literal

from pydantic import Field

from keras_dgggan.recipe.degradation import Degradation
from keras_dgggan.recipe.fields import Bool, Count, FilePath, Section


class FolderImages(Section):
    """HR images in folders; LR is made of them."""

    source: Literal["folder"]
    path: FilePath | tuple[FilePath, ...]
    """A folder of images, or a list of them."""
    recursive: Bool = False
    """Take subfolders too."""


class PairedImages(Section):
    """LR images and the HR images that belong to them."""

    source: Literal["pairs"]
    lr: FilePath
    """A folder of LR images, named as their HR image or with x2, x3 or x4 appended."""
    hr: FilePath
    """A folder of HR images."""


class TfdsImages(Section):
    """A dataset of TensorFlow Datasets."""

    source: Literal["tfds"]
    name: str
    """Like div2k/bicubic_x4 (LR/HR pairs) or any dataset with an image feature."""
    split: str = "train"
    """Like train, validation or train[:90%]."""
    data_dir: FilePath | None = None
    """Where TFDS keeps its datasets; its own default if not given."""


class SkimageImages(Section):
    """Photographs that are part of the scikit-image package."""

    source: Literal["skimage"]
    images: tuple[str, ...] = Field(min_length=1)
    """Names like astronaut, coffee, chelsea, rocket."""


Images = Annotated[
    FolderImages | PairedImages | TfdsImages | SkimageImages, Field(discriminator="source")
]


class DataSection(Section):
    """What to train and validate on."""

    train: Images
    """Training images."""
    valid: Images | None = None
    """Images kept apart, on which the model is measured."""
    lr_crop: Count = 48
    """Height and width of the LR crops; HR crops are scale times as large."""
    augment: Bool = True
    """Random flips and quarter turns."""
    degradation: Degradation | None = None
    """Make LR of HR as real photographs are made, kind photo or shuffled; bicubic alone if not
    given."""
    on_bad_file: Literal["error", "skip"] = "error"
    """What to do about unreadable or too small images, which are found before training starts."""
