"""XMP packets carried from one picture to another of another size."""

from collections.abc import Iterator
from typing import Any
from xml.dom import minidom

_TIFF, _EXIF = "http://ns.adobe.com/tiff/1.0/", "http://ns.adobe.com/exif/1.0/"
_PANORAMA = "http://ns.google.com/photos/1.0/panorama/"
_REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/"
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"

_WIDTHS = {(_TIFF, "ImageWidth"), (_EXIF, "PixelXDimension"), (_DIMENSIONS, "w")}
_HEIGHTS = {(_TIFF, "ImageLength"), (_EXIF, "PixelYDimension"), (_DIMENSIONS, "h")}
_ORIENTATION = (_TIFF, "Orientation")
_PANORAMA_PIXELS = ("Pixels", "RectLeft", "RectTop", "RectWidth", "RectHeight")
_PANORAMA_WIDTH = (_PANORAMA, "CroppedAreaImageWidthPixels")

# What would show or describe the old picture: thumbnails, measures in its pixels, and images that
# were stored behind it in the file.
_FALSE = {
    ("http://ns.adobe.com/xap/1.0/", "Thumbnails"),
    ("http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
    (_EXIF, "FocalPlaneXResolution"),
    (_EXIF, "FocalPlaneYResolution"),
    (_EXIF, "SubjectArea"),
    (_EXIF, "SubjectLocation"),
}
_FALSE_NAMESPACES = {
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/container/item/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/image/",
}
_CAMERA = "http://ns.google.com/photos/1.0/camera/"


def xmp_for(packet: bytes, width: int, height: int) -> bytes | None:
    """An XMP packet for a picture of this size, or None for one that cannot be read.

    Pixel dimensions are corrected, the orientation is 1. What describes thumbnails, images stored
    behind the picture or places in the old pixels is left out. All else stays as it is.

    Args:
        packet: The XML of a picture's XMP, in UTF-8 or UTF-16.

    Examples:
        >>> packet = b'<r xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:ImageWidth="8" a="b"/>'
        >>> xmp_for(packet, 32, 24)
        b'<r xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:ImageWidth="32" a="b"/>'
    """
    packet = packet.strip(b"\0 \r\n\t")
    # XMP has no document type. In one, entities could expand to gigabytes.
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return None
    # Metadata is a byproduct of many programs. Damaged XML must not cost the user the picture.
    try:
        document = minidom.parseString(packet)
        properties = list(_properties(document.documentElement))
        values = {_name(node): _value(node) for node in properties}
        turned = values.get(_ORIENTATION, "1") != "1"
        old_width = float(values.get(_PANORAMA_WIDTH) or width)
        before = _serialized(document)
        for node in properties:
            _correct(node, width, height, turned, width / old_width)
        after = _serialized(document)
        return packet if after == before else after.encode()
    except Exception:
        return None


def _serialized(document: minidom.Document) -> str:
    # Without the XML declaration, which XMP does not have.
    return "".join(node.toxml() for node in document.childNodes)


def _properties(element: Any) -> Iterator[Any]:
    """Every element and attribute below an element, and its own attributes."""
    pending = [element]
    while pending:
        node = pending.pop()
        yield from list(node.attributes.values())
        for child in node.childNodes:
            if child.nodeType == child.ELEMENT_NODE:
                yield child
                pending.append(child)


def _correct(node: Any, width: int, height: int, turned: bool, factor: float) -> None:
    namespace, name = _name(node)
    if (
        (namespace, name) in _FALSE
        or namespace in _FALSE_NAMESPACES
        or (namespace == _CAMERA and name.startswith(("MicroVideo", "MotionPhoto")))
        # Regions are places in the picture before it was turned.
        or (turned and (namespace, name) == (_REGIONS, "Regions"))
    ):
        _remove(node)
    elif (namespace, name) in _WIDTHS:
        _set(node, str(width))
    elif (namespace, name) in _HEIGHTS:
        _set(node, str(height))
    elif (namespace, name) == _ORIENTATION:
        _set(node, "1")
    elif (
        namespace == _PANORAMA
        and name.endswith(_PANORAMA_PIXELS)
        and _value(node).strip().isdecimal()
    ):
        _set(node, str(round(int(_value(node)) * factor)))


def _name(node: Any) -> tuple[str, str]:
    return node.namespaceURI or "", node.localName or node.nodeName


def _value(node: Any) -> str:
    if node.nodeType == node.ATTRIBUTE_NODE:
        return node.value
    return "".join(child.data for child in node.childNodes if child.nodeType == child.TEXT_NODE)


def _set(node: Any, value: str) -> None:
    if node.nodeType == node.ATTRIBUTE_NODE:
        node.value = value
        return
    for child in list(node.childNodes):
        node.removeChild(child)
    node.appendChild(node.ownerDocument.createTextNode(value))


def _remove(node: Any) -> None:
    if node.nodeType == node.ATTRIBUTE_NODE:
        node.ownerElement.removeAttributeNode(node)
    elif node.parentNode is not None:
        node.parentNode.removeChild(node)
