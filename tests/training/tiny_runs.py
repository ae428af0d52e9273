"""Tiny runs on images that the tests write."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

TINY = {
    "name": "tiny",
    "network": {"filters": 4, "blocks": 1, "gradient_every": 1, "se_reduction": 2},
    "critic": {"filters": 2},
    # The PSNR stage, which builds in a fraction of the time; GAN adds the critics.
    "loss": {"perceptual": 0, "pixel": 1.0, "adversarial": 0, "gradient_adversarial": 0},
    "data": {"train": {"source": "folder", "path": "images"}, "lr_crop": 4},
    "optimizer": {"learning_rate": 1e-3},
    "training": {"steps": 4, "batch_size": 2, "deterministic": True},
    "checkpoint": {"every": 1},
    "log": {"every": 1},
    "export": False,
}

GAN = {"adversarial": 0.005, "gradient_adversarial": 0.005}


def write_images(folder: Path, count: int = 5, size: int = 24) -> None:
    """PNG files that differ, none of them flat."""
    folder.mkdir(exist_ok=True)
    generator = np.random.default_rng(7)
    for i in range(count):
        coarse = generator.integers(0, 256, (size // 4, size // 4, 3), np.uint8)
        Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC).save(
            folder / f"{i}.png"
        )


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def write_recipe(folder: Path, **changes: Any) -> Path:
    """A tiny recipe on images that lie beside it."""
    if not (folder / "images").is_dir():
        write_images(folder / "images")
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(merged(TINY, changes)))
    return path
