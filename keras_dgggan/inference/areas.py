"""Areas of images in traced functions: int32 `[top, bottom, left, right]`."""

import tensorflow as tf


def as_image(rows: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """The rows of a `Plane` as `[1, height, width, channels]`."""
    return tf.reshape(rows[:-2], [1, size[0], size[1], rows.shape[-1]])


def cut(x: tf.Tensor, area: tf.Tensor) -> tf.Tensor:
    """An area of `[1, height, width, channels]`."""
    # Whole lines are cut without a copy, if theirs is the first axis.
    part = tf.squeeze(x, 0)[area[0] : area[1], area[2] : area[3]]
    return part[None]


def around(area: tf.Tensor, halo: int, size: tf.Tensor) -> tf.Tensor:
    """An area with a halo, as far as the image reaches; `size` is its height and width."""
    wider = area + tf.constant([-halo, halo, -halo, halo])
    return tf.clip_by_value(wider, 0, tf.gather(size, [0, 0, 1, 1]))


def within(area: tf.Tensor, outer: tf.Tensor) -> tf.Tensor:
    """An area counted from the corner of one that holds it."""
    return area - tf.gather(outer, [0, 0, 2, 2])
