import errno
import io
import os
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from keras_dgggan.cli.jobs import Job
from keras_dgggan.cli.upscale_file import upscale_job
from keras_dgggan.errors import OutputError


def nearest(pixels: np.ndarray, report: Any = None) -> np.ndarray:
    return pixels.repeat(4, axis=0).repeat(4, axis=1)


def upscaler_for(compression: Any) -> Any:
    return SimpleNamespace(scale=4, upscale=nearest)


@pytest.fixture
def photo(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExifImageWidth] = 6
    path = tmp_path / "photo.jpg"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    profile = bytes(16) + b"RGB " + bytes(108)
    image = Image.new("RGB", (6, 5), "teal")
    image.save(path, exif=exif, xmp=xmp, comment=b"Fog", dpi=(300, 300), icc_profile=profile)
    return path


@pytest.mark.parametrize("name", ["large.jpg", "large.png", "large.tif", "large.webp"])
def test_metadata_are_kept_or_stripped_but_for_the_profile(photo, name):
    target = photo.with_name(name)
    assert upscale_job(Job(photo, target), upscaler_for) == {"width": 24, "height": 20}
    with Image.open(target) as image:
        assert image.getexif()[ExifTags.Base.Artist] == "Somebody"
        details = image.getexif().get_ifd(ExifTags.IFD.Exif)
        assert details[ExifTags.Base.ExifImageWidth] == 24
        assert b"xmpmeta" in image.info["xmp"]
    upscale_job(Job(photo, target), upscaler_for, strip_metadata=True)
    with Image.open(target) as image:
        assert image.info["icc_profile"][16:20] == b"RGB "
        assert not image.info.get("xmp") and "comment" not in image.info
        tags = dict(image.getexif())
        assert ExifTags.Base.Artist not in tags
        assert not image.getexif().get_ifd(ExifTags.IFD.Exif)
        assert tuple(image.info.get("dpi", (0, 0))) != (300, 300)


def test_a_full_disk_is_told_with_the_output(photo, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"large\.png' cannot be written: No space left on"):
        upscale_job(Job(photo, photo.with_name("large.png")), upscaler_for)
    assert [path.name for path in photo.parent.iterdir()] == ["photo.jpg"]


def test_a_full_standard_output_is_told(photo, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=Full()))
    with pytest.raises(OutputError, match="'standard output' cannot be written: No space left"):
        upscale_job(Job(photo, None, "png"), upscaler_for)
