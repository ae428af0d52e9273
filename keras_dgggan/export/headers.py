"""The size of an encoded picture, read from its header by TensorFlow operations.

A picture of 30 kB can decode to gigabytes, so a server must know the size before it decodes.
"""

import tensorflow as tf

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
GIF = b"GIF8"
BMP = b"BM"

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, b";"


def picture_size(data: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return width and height, int64 scalars, of a PNG, JPEG, GIF or BMP file.

    Fails with INVALID_ARGUMENT where `data` is none of these or ends within its header. Of a
    GIF, the size is that of the canvas or of the first frame, whichever is larger.

    Args:
        data: A string scalar, the bytes of a file.

    Examples:
        >>> width, height = picture_size(tf.io.encode_png(tf.zeros([2, 3, 3], tf.uint8)))
        >>> int(width), int(height)
        (3, 2)

    Reference:
        PNG (IHDR), GIF89a (logical screen and image descriptors), BITMAPINFOHEADER.
    """
    is_png, is_gif, is_bmp = (_starts(data, magic) for magic in (PNG, GIF, BMP))
    data = require(
        data,
        is_png | is_jpeg(data) | is_gif | is_bmp,
        ["Not a PNG, JPEG, GIF or BMP file; bytes received:", tf.strings.length(data)],
    )

    def png() -> tf.Tensor:
        # Network order, which bitcast (little-endian on every machine that serves) is not.
        return _integers(tf.io.decode_raw(data, tf.uint8), 16, 2, tf.int32, reverse=True)[::-1]

    def jpeg() -> tf.Tensor:
        return tf.cast(tf.image.extract_jpeg_shape(data)[1::-1], tf.int64)

    def gif() -> tf.Tensor:
        raw = tf.io.decode_raw(data, tf.uint8)
        canvas = _integers(raw, 6, 2, tf.uint16)
        frame = _integers(raw, _gif_first_image(raw) + 5, 2, tf.uint16)
        return tf.maximum(canvas, frame)

    def bmp() -> tf.Tensor:
        # A negative height means rows from the top down.
        return tf.abs(_integers(tf.io.decode_raw(data, tf.uint8), 18, 2, tf.int32))

    size = tf.case(
        [(is_png, png), (is_jpeg(data), jpeg), (is_gif, gif)], default=bmp, exclusive=True
    )
    width, height = tf.unstack(tf.ensure_shape(size, [2]))
    return width, height


def is_jpeg(data: tf.Tensor) -> tf.Tensor:
    """Return whether the bytes are those of a JPEG file, a bool scalar."""
    return _starts(data, JPEG)


def first_frame(data: tf.Tensor) -> tf.Tensor:
    """Return the bytes of a GIF up to its first frame, and those of other files as they are.

    The decoder would unpack every frame to return the first one, and the sizes of the others
    are in no header.
    """

    def cut() -> tf.Tensor:
        raw = tf.io.decode_raw(data, tf.uint8)
        descriptor = _gif_first_image(raw)
        colors = descriptor + 10 + _gif_table(raw[descriptor + 9])
        end = _gif_skip_blocks(raw, colors + 1)
        return tf.strings.substr(data, 0, end) + _TRAILER

    return tf.cond(_starts(data, GIF), cut, lambda: tf.identity(data))


def require(value: tf.Tensor, condition: tf.Tensor, message: list[object]) -> tf.Tensor:
    """Return `value`; running it fails with INVALID_ARGUMENT where `condition` is false."""
    # Eagerly the assertion raises at once and returns None.
    check = tf.debugging.Assert(condition, message)
    with tf.control_dependencies([] if check is None else [check]):
        return tf.identity(value)


def _starts(data: tf.Tensor, magic: bytes) -> tf.Tensor:
    # tf.strings.substr refuses to start in an empty string, but not to end past a short one.
    return tf.strings.substr(data, 0, len(magic)) == magic


def _integers(
    raw: tf.Tensor, start: int | tf.Tensor, count: int, dtype: tf.DType, *, reverse: bool = False
) -> tf.Tensor:
    """Read `count` little-endian integers as int64; with `reverse`, in reversed byte order."""
    # tf.slice, unlike raw[start:end], fails where the file is too short.
    field = tf.slice(raw, [start], [count * dtype.size])
    field = field[::-1] if reverse else field
    return tf.cast(tf.bitcast(tf.reshape(field, [count, dtype.size]), dtype), tf.int64)


def _gif_table(flags: tf.Tensor) -> tf.Tensor:
    """Return the size in bytes of the colour table that a descriptor's flags announce."""
    flags = tf.cast(flags, tf.int32)
    entries = tf.bitwise.left_shift(2, flags % 8)
    return tf.where(flags >= 128, 3 * entries, 0)


def _gif_first_image(raw: tf.Tensor) -> tf.Tensor:
    """Return the position of the first image descriptor."""
    position = tf.while_loop(
        lambda position: tf.equal(raw[position], _EXTENSION),
        lambda position: [_gif_skip_blocks(raw, position + 2)],
        [13 + _gif_table(raw[10])],
    )[0]
    return require(
        position, tf.equal(raw[position], _IMAGE), ["The GIF file has no picture in it."]
    )


def _gif_skip_blocks(raw: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    """Return the position after a chain of length-prefixed blocks, which a length of 0 ends."""
    position = tf.while_loop(
        lambda position: raw[position] > 0,
        lambda position: [position + 1 + tf.cast(raw[position], tf.int32)],
        [position],
    )[0]
    return position + 1
