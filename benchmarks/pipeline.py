"""How many LR/HR pairs a second the input pipeline delivers, from sub-images cut by `prepare`.

    python benchmarks/pipeline.py [FOLDER]

FOLDER holds HR images; without it the photographs of scikit-image are used. Their sub-images
(480 x 480, step 240) go to a temporary folder. Processor time tells how much of the machine the
pipeline takes from a training step that runs on the same processors. The rows of degraded LR are
those of two recipes, with images kept in memory.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from keras_dgggan import data
from keras_dgggan.data.prepare import Preparation
from keras_dgggan.recipe import find_recipe, load_recipe
from keras_dgggan.recipe.degradation import PhotoDegradation

BATCH, WARM_UP, MEASURED = 16, 12, 60
RECIPES = ("dgggan_x4_photo", "realworld_x4")


def measure(
    source: data.Source, *, cache_bytes: int, degradation: PhotoDegradation | None = None
) -> tuple[float, float]:
    """Pairs per second, and milliseconds of processor time per pair, of 48/192 crops."""
    dataset = data.training_dataset(
        source,
        seed=0,
        scale=4,
        lr_crop=48,
        batch_size=BATCH,
        cache_bytes=cache_bytes,
        degradation=degradation,
    )
    batches = iter(dataset)
    for _ in range(WARM_UP + (len(source) // BATCH if cache_bytes else 0)):
        next(batches)
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(MEASURED):
        next(batches)
    pairs = BATCH * MEASURED
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return pairs / wall, 1e3 * processor / pairs


def main() -> None:
    inputs = sys.argv[1:] or data.SkimageSource().files
    table = Table(title=f"48/192 pairs, batch {BATCH}, {os.cpu_count()} processors")
    for column in ("images", "pairs/s", "processor ms/pair"):
        table.add_column(column, justify="left" if column == "images" else "right")
    with tempfile.TemporaryDirectory() as folder:
        cut = sum(result.count for result in Preparation(inputs, Path(folder) / "sub").run())
        source = data.FolderSource(Path(folder) / "sub")
        for name, cache_bytes in (("decoded for each crop", 0), ("kept in memory", 4 << 30)):
            speed, cost = measure(source, cache_bytes=cache_bytes)
            table.add_row(f"{cut} sub-images, {name}", f"{speed:.0f}", f"{cost:.1f}")
        for name in RECIPES:
            degradation = load_recipe(find_recipe(name), check_paths=False).data.degradation
            assert isinstance(degradation, PhotoDegradation)
            speed, cost = measure(source, cache_bytes=4 << 30, degradation=degradation)
            table.add_row(f"the same, degraded as by {name}", f"{speed:.0f}", f"{cost:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
