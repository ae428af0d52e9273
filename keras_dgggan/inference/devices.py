"""Choosing where TensorFlow computes, before it has begun to."""

import re

import tensorflow as tf

from keras_dgggan.errors import UsageError


def use_device(name: str) -> None:
    """Make TensorFlow see the named device alone.

    Args:
        name: "auto" for all there are, "cpu", "gpu" for the first GPU, or "gpu:N".

    Raises:
        UsageError: There is no such device.

    Example:
        >>> use_device("cpu")
    """
    gpus = tf.config.list_physical_devices("GPU")
    match = re.fullmatch(r"auto|cpu|gpu(?::(\d+))?", name)
    if match is None:
        raise UsageError(f"a device is auto, cpu, gpu or gpu:N. Received: {name!r}")
    if name == "cpu":
        chosen = []
    elif name == "auto":
        chosen = gpus
    else:
        number = int(match[1] or 0)
        if number >= len(gpus):
            raise UsageError(f"there is no {name}: TensorFlow sees {len(gpus)} GPUs")
        chosen = [gpus[number]]
    if chosen != gpus:
        tf.config.set_visible_devices(chosen, "GPU")
    for gpu in chosen:
        # Otherwise TensorFlow takes all of a GPU's memory, whatever it needs.
        tf.config.experimental.set_memory_growth(gpu, True)
