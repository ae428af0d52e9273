"""Which image, which crop, which flip: pure functions of (seed, sample number).

Sample n belongs to epoch `n // count`; every epoch goes through a permutation of the images that
follows from (seed, epoch) alone. So a run can start at any batch, and any worker can work out its
part, without replaying anything.
"""

import tensorflow as tf

# Streams of a sample's random numbers, see `sample_seed`.
CROP_STREAM = 0

# The library's default generator depends on the device; this one is the same everywhere.
ALGORITHM = "philox"


def image_index(*, seed: int, number: tf.Tensor | int, count: int) -> tf.Tensor:
    """Index of the image that sample `number` is cut from, an int64 scalar.

    Args:
        seed: The run's seed.
        number: The sample's number, an int64 scalar.
        count: Number of images.
    """
    number = tf.convert_to_tensor(number, tf.int64)
    key = tf.stack([tf.constant(seed, tf.int64), number // count])
    return tf.random.experimental.index_shuffle(
        number % count, key, tf.constant(count - 1, tf.int64)
    )


def crop_draws(*, seed: int, number: tf.Tensor | int) -> tf.Tensor:
    """Three random integers of 32 bits, uint32 `[3]`: for the crop's row, its column, its flip."""
    return tf.random.stateless_uniform(
        [3],
        sample_seed(seed=seed, number=number, stream=CROP_STREAM),
        minval=None,
        maxval=None,
        dtype=tf.uint32,
        alg=ALGORITHM,
    )


def sample_seed(*, seed: int, number: tf.Tensor | int, stream: int) -> tf.Tensor:
    """A seed, int64 `[2]`, for TensorFlow's stateless operations.

    Args:
        seed: The run's seed.
        number: The sample's number, an int64 scalar.
        stream: Keeps independent uses of one sample apart, 0 to 255.
    """
    number = tf.convert_to_tensor(number, tf.int64)
    return tf.stack([tf.constant(seed, tf.int64), number * 256 + stream])
