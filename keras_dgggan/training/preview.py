"""What a recipe trains on, as a picture: HR crops, and LR samples of each."""

from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from keras_dgggan import data
from keras_dgggan.data.source import Sample, Source
from keras_dgggan.errors import DataError
from keras_dgggan.files import atomic_path
from keras_dgggan.images.figure import Panel, draw
from keras_dgggan.recipe import Recipe
from keras_dgggan.training.build import build_degradation, build_source

_COLUMNS = 6


@dataclass(frozen=True)
class _OneCrop(Source):
    """An image of the crop's size: every sample of it has the same HR."""

    sample: Sample

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.sample.name,)

    @property
    def paired(self) -> bool:  # type: ignore[override]
        return self.sample.lr is not None

    def load(self, index: int) -> Sample:
        return self.sample

    def stamp(self, index: int) -> str:
        return self.sample.name


def write_preview(recipe: Recipe, path: Path, *, pictures: int = 3, samples: int = 12) -> None:
    """Draw the middle of some training images, and what the recipe makes of it as LR.

    LR is made by the training's own input pipeline, with the recipe's seed; it is shown enlarged
    by repeating pixels. Images that are smaller than the recipe's crop are passed over.

    Args:
        recipe: Its data, scale and seed are used; no network is built.
        path: The picture's file, replaced whole.
        pictures: How many training images, spread evenly over all.
        samples: LR versions of each.

    Raises:
        DataError: An image cannot be read, or none is large enough.

    Examples:
        >>> from keras_dgggan.recipe import find_recipe
        >>> recipe = load_recipe(find_recipe("quickstart"))
        >>> write_preview(recipe, Path("sheet.png"), pictures=1, samples=2)
        >>> Path("sheet.png").is_file()
        True
    """
    source = build_source(recipe.data.train)
    scale, size = recipe.network.scale, recipe.data.lr_crop
    rows: list[list[Panel]] = []
    for index in np.linspace(0, len(source) - 1, min(pictures, len(source))).round():
        crop = _middle(source.load(int(index)).aligned(scale), size, scale)
        if crop is None:
            continue
        dataset = data.training_dataset(
            _OneCrop(crop),
            seed=recipe.training.seed,
            scale=scale,
            lr_crop=size,
            # Without a degradation all versions are the same.
            batch_size=samples if recipe.data.degradation is not None else 1,
            augment=False,
            degradation=build_degradation(recipe),
        )
        lr, hr = (batch.numpy() for batch in next(iter(dataset)))
        shown = [Panel(f"LR {n}", one) for n, one in enumerate(lr, 1)]
        for start in range(0, len(shown), _COLUMNS):
            first = Panel("", None) if start else Panel(PurePath(crop.name).stem, hr[0])
            rows.append([first, *shown[start : start + _COLUMNS]])
    if not rows:
        raise DataError(f"no training image is as large as the crop of {size * scale} pixels")
    with atomic_path(path) as temporary:
        draw(rows, size * scale).save(temporary)


def _middle(sample: Sample, size: int, scale: int) -> Sample | None:
    height, width = sample.hr.shape[0] // scale, sample.hr.shape[1] // scale
    if min(height, width) < size:
        return None
    top, left = (height - size) // 2, (width - size) // 2
    hr = sample.hr[top * scale : (top + size) * scale, left * scale : (left + size) * scale]
    lr = None if sample.lr is None else sample.lr[top : top + size, left : left + size]
    return Sample(name=sample.name, hr=hr, lr=lr)
