"""Pictures for the tests of the page, made from one photograph, and how far results are apart.

python pictures.py make PHOTO FOLDER WIDTHxHEIGHT
python pictures.py difference A.png B.png [A.png B.png ...]
"""

import io
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms


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
    profile = display_p3()
    # Colours that sRGB has too: what it lacks is clipped by each program in its own way.
    wide = Image.blend(small, Image.new("RGB", small.size, (128, 128, 128)), 0.3)
    wide.save(folder / "p3.png", icc_profile=profile)
    given, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    ImageCms.profileToProfile(wide, given, srgb).save(folder / "p3_as_srgb.png", icc_profile=None)
    content = (folder / "photo.png").read_bytes()
    (folder / "broken.png").write_bytes(content[: len(content) // 2])
    (folder / "text.png").write_text("this is no picture\n")
    (folder / "empty.png").write_bytes(b"")
    width, height = map(int, large.split("x"))
    Image.open(photo).convert("RGB").resize((width, height)).save(folder / "large.png")


def display_p3() -> bytes:
    """An ICC profile (version 4) of Display P3's primaries, seen under D50, and sRGB's curve."""

    def fixed(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(65536 * value) for value in values))

    def text(value: str) -> bytes:
        content = value.encode("utf-16-be")
        return (
            b"mluc"
            + struct.pack(">5I", 0, 1, 12, 0x656E5553, len(content))
            + b"\0\0\0\x1c"
            + content
        )

    curve = b"para\0\0\0\0\0\3\0\0" + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    white = (0.9642, 1.0, 0.8249)
    colours = {
        b"wtpt": white,
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    tags = {b"desc": text("Display P3"), b"cprt": text("none")}
    tags |= {name: b"XYZ \0\0\0\0" + fixed(*xyz) for name, xyz in colours.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    directory, content = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        place = 128 + 4 + 12 * len(tags) + len(content)
        directory += name + struct.pack(">2I", place, len(tag))
        content += tag + bytes(-len(tag) % 4)
    size = 128 + len(directory) + len(content)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + fixed(*white) + bytes(48)
    return header + directory + content


def difference(first: str, second: str) -> int:
    """The largest difference in levels; 999 where size or channels differ."""
    a, b = (np.asarray(Image.open(path)).astype(int) for path in (first, second))
    return int(abs(a - b).max()) if a.shape == b.shape else 999


if sys.argv[1] == "make":
    make(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
else:
    pairs = zip(sys.argv[2::2], sys.argv[3::2], strict=True)
    print(*(difference(first, second) for first, second in pairs))
