"""Files of one photograph, and what `upscale --model auto` makes of them, as JSON.

python compressed.py PHOTO
"""

import base64
import io
import json
import sys
from collections.abc import Iterator

from PIL import Image

from keras_dgggan.images.compression import compression_of
from keras_dgggan.presets import DEFAULT_PRESET, PHOTO_PRESET, preset_for
from keras_dgggan.web.automatic import rules_for


def written(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def files(photo: Image.Image) -> Iterator[tuple[str, bytes]]:
    for quality in (1, *range(30, 100, 5), 88, 89, 90, 91, 92, 100):
        for subsampling in ("4:2:0", "4:4:4"):
            data = written(photo, "JPEG", quality=quality, subsampling=subsampling)
            yield f"JPEG {quality} {subsampling}", data
        yield f"WebP {quality}", written(photo, "WEBP", quality=quality)
    yield "gray", written(photo.convert("L"), "JPEG", quality=62)
    packed = {"progressive": True, "exif": b"Exif\0\0" + bytes(5000)}
    yield "progressive", written(photo, "JPEG", quality=63, **packed)
    for name, value in [("flat", 20), ("coarse", 90)]:
        yield name, written(photo, "JPEG", qtables=[[value] * 64, [value] * 64])
    transparent = photo.copy()
    transparent.putalpha(photo.convert("L"))
    yield "WebP with alpha", written(transparent, "WEBP", quality=70)
    turned = [photo.rotate(90)]
    yield "animated WebP", written(photo, "WEBP", quality=75, save_all=True, append_images=turned)
    yield "WebP without loss", written(photo, "WEBP", lossless=True)
    yield "PNG", written(photo, "PNG")
    jpeg, webp = written(photo, "JPEG", quality=50), written(photo, "WEBP", quality=50)
    for length in (2, 3, 4, 30, 60):
        yield f"JPEG cut at {length}", jpeg[:length]
        yield f"WebP cut at {length}", webp[:length]
    yield "JPEG without tables", jpeg.replace(b"\xff\xdb", b"\xff\xec")
    yield "JPEG with junk between", jpeg.replace(b"\xff\xdb", b"\0\0\xff\xff\xff\xdb")
    yield "empty", b""


photo = Image.open(sys.argv[1]).convert("RGB").resize((120, 90))
found = []
for name, data in files(photo):
    compression = compression_of(data)
    found.append(
        {
            "name": name,
            "content": base64.b64encode(data).decode(),
            "model": preset_for(compression),
            "why": str(compression or "no known lossy compression"),
        }
    )
print(json.dumps({"rules": rules_for([DEFAULT_PRESET, PHOTO_PRESET]), "files": found}))
