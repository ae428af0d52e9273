"""Pictures for the tests of the page, made from one photograph, and how far results are apart.

python pictures.py make PHOTO FOLDER WIDTHxHEIGHT
python pictures.py difference A.png B.png [A.png B.png ...]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def make(photo: Path, folder: Path, large: str) -> None:
    small = Image.open(photo).convert("RGB").resize((60, 45), Image.Resampling.LANCZOS)
    small.save(folder / "photo.png")
    y, x = np.mgrid[:45, :60]
    alpha = (255 * (1.5 - np.hypot(x - 30, y - 22) / 14).clip(0, 1)).astype(np.uint8)
    rgba = np.dstack([np.asarray(small), alpha])
    # What hides under transparent pixels would bleed.
    rgba[alpha == 0, :3] = [255, 0, 255]
    Image.fromarray(rgba).save(folder / "alpha.png")
    small.convert("L").save(folder / "gray.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    small.save(folder / "rotated.jpg", quality=95, exif=exif)
    for name, quality in [("strong", 60), ("mild", 95)]:
        small.save(folder / f"{name}.jpg", quality=quality)
    small.save(folder / "lossy.webp", quality=50)
    content = (folder / "photo.png").read_bytes()
    (folder / "broken.png").write_bytes(content[: len(content) // 2])
    (folder / "text.png").write_text("this is no picture\n")
    (folder / "empty.png").write_bytes(b"")
    width, height = map(int, large.split("x"))
    Image.open(photo).convert("RGB").resize((width, height)).save(folder / "large.png")


def difference(first: str, second: str) -> int:
    """The largest difference in levels; 999 where size or channels differ."""
    a, b = (np.asarray(Image.open(path)).astype(int) for path in (first, second))
    return int(abs(a - b).max()) if a.shape == b.shape else 999


if sys.argv[1] == "make":
    make(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
else:
    pairs = zip(sys.argv[2::2], sys.argv[3::2], strict=True)
    print(*(difference(first, second) for first, second in pairs))
