"""The endless stream of LR/HR batches that training reads."""

import atexit
import os
import re
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.data.cropping import ImageCache, cut_pair
from keras_dgggan.data.photo_degradation import sample_generator
from keras_dgggan.data.sampling import crop_draws, image_index
from keras_dgggan.data.source import Image, Source
from keras_dgggan.errors import DataError, UsageError
from keras_dgggan.recipe.degradation import PhotoDegradation

if TYPE_CHECKING:
    from keras_dgggan.data.degradation import Degradation

# Batches made ahead of the training step.
_AHEAD = 4

# More threads than this spend their time waiting for Python's lock.
_MOST_THREADS = 16

# At the end of the process: how long no call may have begun, and how long that is waited for.
_QUIET_S = 0.05
_AT_MOST_S = 30.0

_PYTHON_ERROR = re.compile(r"DataError: (?P<message>.*?)(?:\nTraceback |\Z)", re.DOTALL)


def training_dataset(
    source: Source,
    *,
    seed: int,
    scale: int,
    lr_crop: int,
    batch_size: int,
    start_batch: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    augment: bool = True,
    degradation: "PhotoDegradation | Degradation | None" = None,
    cache_bytes: int = 1 << 30,
) -> tf.data.Dataset:
    """Endless batches of aligned random crops, each sample a pure function of (seed, number).

    Sample n is cut from image `permutation(seed, n // len)[n % len]`; its crop, flip and quarter
    turn follow from (seed, n). Batch k holds the samples `k * batch_size` and following, so the
    stream can start at any batch at no cost, and does not depend on the number of threads.
    Nothing is shuffled in memory. Pixels stay 8-bit: the training step divides by 255.

    Args:
        source: The images, checked by `check_source`. LR crops of images without an LR version
            are those of `imresize(whole image)`.
        seed: The run's seed.
        scale: HR size over LR size.
        lr_crop: Height and width of LR crops; HR crops are `scale` times as large.
        batch_size: Samples in a batch over all shards.
        start_batch: Number of the first batch.
        num_shards: Workers that share each batch; a divisor of `batch_size`.
        shard: Which of them this is: it gets the samples `shard * batch_size / num_shards` and
            following of each batch.
        augment: Flip and turn crops: one of the eight symmetries of the square.
        degradation: Make LR by blur, resize, noise and JPEG instead of bicubic alone: of crops
            as part of their image (`PhotoDegradation`) or of each by itself (`Degradation`).
        cache_bytes: Memory for decoded images.

    Returns:
        A dataset of (LR, HR) batches, uint8 `[batch, lr_crop, lr_crop, 3]` and
        `[batch, scale * lr_crop, scale * lr_crop, 3]`, batch being `batch_size / num_shards`.

    Raises:
        UsageError: `batch_size` cannot be shared evenly, or `shard` is not one of them; or
            `source` has LR images and `degradation` would make others.

    Examples:
        >>> from keras_dgggan.data import SkimageSource
        >>> source = SkimageSource(["astronaut", "coffee"])
        >>> dataset = training_dataset(source, seed=1, scale=4, lr_crop=48, batch_size=16)
        >>> lr, hr = next(iter(dataset))
        >>> lr.shape, hr.shape
        (TensorShape([16, 48, 48, 3]), TensorShape([16, 192, 192, 3]))
    """
    if batch_size % num_shards or not 0 <= shard < num_shards:
        raise UsageError(
            f"A batch of {batch_size} cannot be shared by {num_shards} workers of which this is "
            f"number {shard}: the batch size must be a multiple of their number, and they count "
            "from 0."
        )
    if degradation is not None and source.paired:
        raise UsageError(
            "The images have LR versions of their own, which a degradation would not use: "
            "give HR images alone, or no degradation."
        )
    photo = degradation if isinstance(degradation, PhotoDegradation) else None
    degrade = None
    if degradation is not None and not isinstance(degradation, PhotoDegradation):
        from keras_dgggan.data.degradation import degrader

        degrade = degrader(degradation, seed=seed, scale=scale)
    local = batch_size // num_shards
    images = ImageCache(source, scale=scale, budget=cache_bytes)

    def cut(
        number: npt.NDArray[np.int64],
        index: npt.NDArray[np.int64],
        draws: npt.NDArray[np.uint32],
    ) -> tuple[Image, Image]:
        with _GATE:
            if _GATE.closing:
                # Nobody is going to read it.
                return _blank(lr_crop), _blank(lr_crop * scale)
            sample = images.load(int(index))
            return cut_pair(
                sample,
                draws,
                scale=scale,
                lr_crop=lr_crop,
                augment=augment,
                degradation=photo,
                random=sample_generator(seed=seed, number=int(number)) if photo else None,
            )

    def load(position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        number = position // local * batch_size + shard * local + position % local
        index = image_index(seed=seed, number=number, count=len(source))
        draws = crop_draws(seed=seed, number=number)
        # Called stateless, or TensorFlow's op determinism would run one call at a time.
        lr, hr = tf.numpy_function(
            cut, [number, index, draws], (tf.uint8, tf.uint8), stateful=False
        )
        lr.set_shape([lr_crop, lr_crop, 3])
        hr.set_shape([scale * lr_crop, scale * lr_crop, 3])
        if degrade is not None:
            lr = tf.ensure_shape(degrade(hr, number), lr.shape)
        return lr, hr

    # Fixed numbers: tuned ones grow buffers in the background, and memory with them.
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    options = tf.data.Options()
    # Shards are cut above, by sample number; TensorFlow is not to cut again.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return (
        tf.data.Dataset.counter(start_batch * local)
        .map(load, num_parallel_calls=threads, deterministic=True)
        .batch(local, drop_remainder=True)
        .prefetch(_AHEAD)
        .with_options(options)
    )


def _blank(size: int) -> Image:
    return np.zeros((size, size, 3), np.uint8)


def batch_names(source: Source, *, seed: int, batch_size: int, batch: int) -> list[str]:
    """The file names of the samples in one batch of `training_dataset`, in their order.

    Args:
        source: As given to `training_dataset`.
        seed: Likewise.
        batch_size: Likewise, over all shards.
        batch: Number of the batch, from 0.

    Examples:
        >>> from keras_dgggan.data import SkimageSource
        >>> batch_names(SkimageSource(["astronaut", "rocket"]), seed=1, batch_size=2, batch=0)
        ['astronaut.png', 'rocket.jpg']
    """
    names = source.names
    first = batch * batch_size
    with tf.device("CPU:0"):
        return [
            names[int(image_index(seed=seed, number=number, count=len(names)))]
            for number in range(first, first + batch_size)
        ]


def data_error(error: BaseException) -> DataError | None:
    """The `DataError` of an image that could not be read while training, from TensorFlow's error.

    TensorFlow hands on what goes wrong in its input pipeline as an error of its own, whose
    message holds the original one and a traceback.

    Returns:
        The original, or None if `error` has another cause.
    """
    if not isinstance(error, tf.errors.OpError):
        return None
    match = _PYTHON_ERROR.search(error.message)
    return DataError(match["message"].strip()) if match else None


class ExitGate:
    """Ends the calls of TensorFlow's threads into Python before the interpreter exits.

    An input pipeline runs ahead of its reader. When the interpreter shuts down while one of its
    threads is inside Python, or about to enter, that thread never comes back, TensorFlow waits for
    it to take the pipeline down, and the process hangs instead of ending. So the calls that are
    under way are counted, and when the interpreter ends, the rest are made short.

    Examples:
        >>> gate = ExitGate()
        >>> def called_by_tensorflow():
        ...     with gate:
        ...         return 0 if gate.closing else expensive()
    """

    def __init__(self) -> None:
        self.closing = False
        self._started = self._ended = 0
        self._lock = threading.Lock()
        atexit.register(self.close)

    def __enter__(self) -> None:
        with self._lock:
            self._started += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._ended += 1

    def close(self) -> None:
        """Wait until no call runs and none will begin, since the pipelines' buffers are full."""
        self.closing = True
        deadline = time.monotonic() + _AT_MOST_S
        before = -1
        while (self._started, self._ended) != (before, before) and time.monotonic() < deadline:
            before = self._started
            time.sleep(_QUIET_S)


_GATE = ExitGate()
