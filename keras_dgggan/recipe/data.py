"""The recipe's section on data."""

from typing import Annotated, Literal

from pydantic import Field, Strict, ValidationInfo, field_validator

from keras_dgggan.recipe.fields import Bool, Count, FilePath, Number, Section


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


Range = tuple[Number, Number]
Probability = Annotated[float, Strict(), Field(ge=0, le=1)]

Images = Annotated[
    FolderImages | PairedImages | TfdsImages | SkimageImages, Field(discriminator="source")
]


class DegradationSection(Section):
    """LR images of HR crops as cameras and web sites make them, by steps in random order."""

    blur: Range = (0.2, 3.0)
    """Standard deviation of a Gaussian in HR pixels, from and to."""
    noise: Range = (0.004, 0.06)
    """Standard deviation of Gaussian noise for brightness in [0, 1], from and to."""
    jpeg: Range = (40.0, 95.0)
    """JPEG quality, from and to."""
    blur_probability: Probability = 0.8
    """Share of the samples that are blurred."""
    noise_probability: Probability = 0.6
    """Share that gets noise."""
    gray_noise_probability: Probability = 0.4
    """Share of the noisy samples whose noise is the same in all channels."""
    jpeg_probability: Probability = 0.7
    """Share that goes through JPEG."""

    @field_validator("blur", "noise", "jpeg")
    @classmethod
    def _check_range(cls, value: Range, info: ValidationInfo) -> Range:
        low, high = {"blur": (0, 5), "noise": (0, 1), "jpeg": (1, 100)}[str(info.field_name)]
        if not low <= value[0] <= value[1] <= high:
            raise ValueError(f"it must lie between {low} and {high}, the smaller number first")
        return value


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
    degradation: DegradationSection | None = None
    """Make LR of HR crops by blur, noise and JPEG too; bicubic alone if not given."""
    on_bad_file: Literal["error", "skip"] = "error"
    """What to do about unreadable or too small images, which are found before training starts."""
