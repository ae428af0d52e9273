import dataclasses
import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, PngImagePlugin

from keras_dgggan.images import Picture, read_image, write_image
from keras_dgggan.images.metadata import iptc_in_resources, iptc_resource

PIXELS = np.full((6, 8, 3), 100, np.uint8)
IPTC = b"\x1c\x02\x05\x00\x07A title\x1c\x02\x19\x00\x03fog"
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"
 xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"
 tiff:ImageWidth="8" exif:PixelYDimension="6" tiff:Orientation="6" hdrgm:Version="1.0"
 GPano:CroppedAreaImageWidthPixels="8" GPano:FullPanoWidthPixels="16" xmp:Rating="5">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Größe &amp; Nebel</rdf:li></rdf:Alt></dc:title>
<tiff:ImageLength>6</tiff:ImageLength>
<xmp:Thumbnails><rdf:Alt><rdf:li>AAAA</rdf:li></rdf:Alt></xmp:Thumbnails>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def saved(image: Image.Image, format: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def written(picture: Picture, format: str) -> bytes:
    stream = io.BytesIO()
    write_image(picture, stream, format=format)
    return stream.getvalue()


def enlarged(picture: Picture) -> Picture:
    large = picture.pixels.repeat(4, axis=0).repeat(4, axis=1)
    return dataclasses.replace(picture, pixels=large)


@pytest.mark.parametrize("source", ["png", "jpg", "webp", "tiff"])
@pytest.mark.parametrize("target", ["png", "jpg", "webp", "tiff", "16-bit png"])
def test_xmp_goes_from_every_format_to_every_other_and_tells_the_new_size(source, target):
    original = read_image(written(Picture(PIXELS, xmp=XMP), source))
    picture = enlarged(original)
    if target == "16-bit png":
        picture = dataclasses.replace(picture, pixels=picture.pixels.astype(np.uint16) * 257)
    back = read_image(written(picture, target.split()[-1]))
    packet = back.xmp.decode()
    for text in (
        'tiff:ImageWidth="32"',
        "<tiff:ImageLength>24</tiff:ImageLength>",
        'exif:PixelYDimension="24"',
        'tiff:Orientation="1"',
        'GPano:FullPanoWidthPixels="64"',
        'xmp:Rating="5"',
        "Größe &amp; Nebel",
        '<?xpacket begin="\ufeff"',
        '<?xpacket end="w"?>',
    ):
        assert text in packet
    for text in ("Thumbnails", "hdrgm:Version", "<?xml"):
        assert text not in packet
    if target != "16-bit png":  # an outside reader
        with Image.open(io.BytesIO(written(picture, target))) as image:
            assert image.info["xmp"].decode() == packet


def test_xmp_in_which_nothing_is_false_stays_as_it_is_byte_for_byte():
    packet = (
        b"<?xpacket begin='' id='a'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><y  x:z='1' /></x:xmpmeta>"
        b"\n<?xpacket end='w'?>"
    )
    picture = read_image(saved(Image.fromarray(PIXELS), "JPEG", xmp=packet))
    assert read_image(written(enlarged(picture), "png")).xmp == packet


@pytest.mark.parametrize(
    "packet",
    [b"<a", b"\xff\xfe\x00", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a>" * 5000],
)
def test_xmp_that_cannot_be_read_costs_nobody_the_picture(packet):
    for format in ("png", "jpg", "webp", "tiff"):
        back = read_image(written(Picture(PIXELS, xmp=packet), format))
        assert back.xmp is None and back.pixels.shape == PIXELS.shape


@pytest.mark.parametrize("source", ["png", "jpg", "tiff"])
@pytest.mark.parametrize("target", ["png", "jpg", "tiff"])
def test_iptc_goes_from_every_format_that_holds_it_to_every_other(source, target):
    picture = read_image(written(Picture(PIXELS, iptc=IPTC), source))
    assert picture.iptc == IPTC
    assert read_image(written(enlarged(picture), target)).iptc == IPTC


def test_iptc_is_where_other_programs_look_for_it():
    from PIL import IptcImagePlugin

    with Image.open(io.BytesIO(written(Picture(PIXELS, iptc=IPTC), "jpg"))) as image:
        assert IptcImagePlugin.getiptcinfo(image)[(2, 25)] == b"fog"
    with tifffile.TiffFile(io.BytesIO(written(Picture(PIXELS, iptc=IPTC), "tiff"))) as file:
        assert bytes(file.pages[0].tags[33723].value).startswith(b"\x1c\x02\x05")
    other = b"8BIM\x03\xed\x03abc\0\0\0\x03xyz\0"
    assert iptc_in_resources(other + iptc_resource(IPTC)) == IPTC


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_texts_are_kept_long_ones_and_those_in_other_scripts_too(dtype):
    texts = PngImagePlugin.PngInfo()
    expected = {
        "Title": "Nebel",
        "parameters": "a tree, Steps: 40, Size: 8x6 " * 100,
        "Author": "作者",
        "workflow": "x" * 1_500_000,
    }
    for keyword, value in expected.items():
        texts.add_text(keyword, value)
    texts.add_text("Thumb::Image::Width", "8")
    picture = read_image(saved(Image.fromarray(PIXELS), "PNG", pnginfo=texts))
    picture = dataclasses.replace(enlarged(picture), pixels=PIXELS.astype(dtype))
    data = written(picture, "png")
    assert read_image(data).text == expected
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.text == expected


def test_png_texts_find_their_places_in_formats_that_have_some():
    text = {"Author": "Somebody", "Copyright": "2020", "Comment": "Nebel", "parameters": "a tree"}
    for format in ("jpg", "webp", "tiff"):
        with Image.open(io.BytesIO(written(Picture(PIXELS, text=text), format))) as image:
            tags = image.getexif()
            assert tags[ExifTags.Base.Artist] == "Somebody"
            assert tags[ExifTags.Base.Copyright] == "2020"
            comment = tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment]
            assert comment == b"UNICODE\0" + "a tree".encode("utf-16-be")
    back = read_image(written(Picture(PIXELS, text=text), "jpg"))
    assert back.text == {"Comment": "Nebel"}
    assert read_image(written(back, "png")).text == {"Comment": "Nebel"}


def described(description: str) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, PIXELS, photometric="rgb", description=description, metadata=None)
    return stream.getvalue()


@pytest.mark.parametrize(
    "description",
    [
        '{"shape": [6, 8, 3]}',
        "shape=(6,8,3)",
        "ImageJ=1.54f\nimages=1\nslices=1",
        '<?xml version="1.0"?><OME><Image><Pixels SizeX="8" SizeY="6"/></Image></OME>',
    ],
)
@pytest.mark.parametrize("target", ["tiff", "jpg", "png"])
def test_a_description_of_the_old_shape_is_left_out(description, target):
    data = written(enlarged(read_image(described(description))), target)
    with Image.open(io.BytesIO(data)) as image:
        assert 270 not in image.getexif()
    if target == "tiff":
        np.testing.assert_array_equal(tifffile.imread(io.BytesIO(data)).shape, (24, 32, 3))


def test_a_description_of_what_is_seen_is_kept():
    data = written(enlarged(read_image(described("Fog over {the} bay"))), "tiff")
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif()[270] == "Fog over {the} bay"


def test_numbers_of_pixels_in_exif_grow_with_the_picture():
    exif = Image.Exif()
    exif[33550] = (2.0, 2.0, 0.0)  # GeoTIFF: metres a pixel
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ExifImageWidth] = 8
    details[0x9214] = (4, 3)  # subject area
    details[ExifTags.Base.FocalPlaneXResolution] = 1000.0
    picture = read_image(saved(Image.fromarray(PIXELS), "JPEG", exif=exif))
    for format in ("jpg", "tiff", "png"):
        with Image.open(io.BytesIO(written(enlarged(picture), format))) as image:
            tags = image.getexif()
            assert tags[33550] == (0.5, 0.5, 0.0)
            details = tags.get_ifd(ExifTags.IFD.Exif)
            assert details[ExifTags.Base.ExifImageWidth] == 32
            assert details[ExifTags.Base.ExifImageHeight] == 24
            assert details[0x9214] == (16, 12)
            assert float(details[ExifTags.Base.FocalPlaneXResolution]) == 4000


def test_the_thumbnail_of_the_old_picture_is_left_out():
    # Two directories: the maker's name, and what Pillow does not write, a thumbnail.
    first = struct.pack("<HHHI4sI", 1, 271, 2, 4, b"Abc\0", 26)
    second = struct.pack("<HHHIIHHIII", 2, 513, 4, 1, 56, 514, 4, 1, 10, 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + first + second + bytes(20)
    source = saved(Image.fromarray(PIXELS), "JPEG", exif=exif)
    with Image.open(io.BytesIO(source)) as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1)
    with Image.open(io.BytesIO(written(read_image(source), "jpg"))) as image:
        assert not image.getexif().get_ifd(ExifTags.IFD.IFD1)
        assert image.getexif()[ExifTags.Base.Make] == "Abc"


def test_metadata_too_long_for_a_jpeg_segment_cost_nobody_the_picture():
    packet = b"<a>" + b"b" * 70000 + b"</a>"
    picture = Picture(PIXELS, xmp=packet, iptc=IPTC * 5000, text={"Comment": "c" * 70000})
    back = read_image(written(picture, "jpg"))
    assert (back.xmp, back.iptc, back.text) == (None, None, {})
    back = read_image(written(picture, "png"))
    assert (back.xmp, back.iptc, back.text) == (packet, picture.iptc, picture.text)


def test_stripped_pictures_keep_their_profile_alone():
    profile = b"\0" * 16 + b"RGB " + b"\0" * 108
    full = Picture(
        PIXELS, "png", profile, b"Exif\0\0", (72, 72), XMP, IPTC, {"Title": "Fog"}, (6, 8)
    )
    bare = full.without_metadata()
    assert bare.pixels is PIXELS and (bare.format, bare.icc_profile) == ("png", profile)
    assert (bare.exif, bare.dpi, bare.xmp, bare.iptc, bare.text) == (None, None, None, None, {})
