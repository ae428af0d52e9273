"""The endpoints of an exported model: what goes in, what comes out, and what is refused.

Everything here is traced into the SavedModel's graph: TensorFlow operations only, so that any
TensorFlow runtime can run it without Python.
"""

from collections.abc import Callable

import tensorflow as tf

from keras_dgggan.export.computation import Computation
from keras_dgggan.export.headers import first_frame, is_jpeg, picture_size, require

Endpoint = tuple[Callable[..., dict[str, tf.Tensor]], list[tf.TensorSpec]]


def endpoints(run: Computation, *, scale: int, max_pixels: int) -> dict[str, Endpoint]:
    """Return the function and the input signature of each endpoint.

    | endpoint | input | output |
    |---|---|---|
    | `serving_default` | `image` uint8 `[batch, height, width, 3]` | `image` uint8, upscaled |
    | `float` | `image` float32 in [0, 1] | `image`, `gradient_map` float32 |
    | `encoded` | `image_bytes` string `[batch]`, sizes may differ | `image_bytes`, PNG |
    | `describe` | `query` int64 `[batch]`, any values | `max_pixels`, `scale` int64 `[batch]` |

    `describe` has an input because a server that batches requires one of every request.

    Args:
        run: What `computation_of` returns.
        scale: SR size over LR size.
        max_pixels: The most pixels that one picture may have; a larger one is answered with
            INVALID_ARGUMENT.
    """

    def to_8_bit(image: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.round(tf.clip_by_value(image, 0.0, 1.0) * 255.0), tf.uint8)

    def serving_default(image: tf.Tensor) -> dict[str, tf.Tensor]:
        image = _checked_size(image, max_pixels)
        upscaled = run(tf.cast(image, tf.float32) / 255.0)["image"]
        return {"image": to_8_bit(upscaled)}

    def float_(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return run(_checked_size(image, max_pixels))

    def upscale_file(data: tf.Tensor) -> tf.Tensor:
        image = _decode(data, max_pixels)
        upscaled = run(tf.cast(image[None], tf.float32) / 255.0)["image"]
        return tf.io.encode_png(to_8_bit(upscaled[0]))

    def encoded(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        # One picture at a time: memory is bounded by the largest picture, not by their sum.
        pngs = tf.map_fn(
            upscale_file,
            image_bytes,
            fn_output_signature=tf.TensorSpec([], tf.string),
            parallel_iterations=1,
        )
        return {"image_bytes": pngs}

    def describe(query: tf.Tensor) -> dict[str, tf.Tensor]:
        return {
            "max_pixels": tf.fill(tf.shape(query), tf.constant(max_pixels, tf.int64)),
            "scale": tf.fill(tf.shape(query), tf.constant(scale, tf.int64)),
        }

    def pixels(dtype: tf.DType) -> list[tf.TensorSpec]:
        return [tf.TensorSpec([None, None, None, 3], dtype, name="image")]

    return {
        "serving_default": (serving_default, pixels(tf.uint8)),
        "float": (float_, pixels(tf.float32)),
        "encoded": (encoded, [tf.TensorSpec([None], tf.string, name="image_bytes")]),
        "describe": (describe, [tf.TensorSpec([None], tf.int64, name="query")]),
    }


def _checked_size(image: tf.Tensor, max_pixels: int) -> tf.Tensor:
    height, width = tf.unstack(tf.shape(image, out_type=tf.int64)[1:3])
    area = height * width
    return _at_most(
        require(image, area > 0, ["The picture has no pixels."]), area, max_pixels, width, height
    )


def _decode(data: tf.Tensor, max_pixels: int) -> tf.Tensor:
    """Return uint8 `[height, width, 3]`, having looked at the size before decoding."""
    width, height = picture_size(data)
    area = width * height
    # A lone pixel is a tracker or a placeholder: a caller's mistake, answered as one.
    data = require(data, area > 1, ["The picture has fewer than two pixels."])
    data = _at_most(data, area, max_pixels, width, height)
    data = first_frame(data)
    image = tf.cond(
        is_jpeg(data),
        # The default transform is a faster one, off by a level or two.
        lambda: tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_image(data, channels=3, expand_animations=False),
    )
    return tf.ensure_shape(image, [None, None, 3])


def _at_most(
    value: tf.Tensor, area: tf.Tensor, max_pixels: int, width: tf.Tensor, height: tf.Tensor
) -> tf.Tensor:
    message = f"The picture has more than {max_pixels} pixels; width, height:"
    return require(value, area <= max_pixels, [message, width, height])
