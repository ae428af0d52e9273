"""Distribution strategies: the devices and machines that share a run."""

import json
import os
from dataclasses import dataclass

import tensorflow as tf

from keras_dgggan.errors import DggganError, UsageError

# What TensorFlow reports on the workers that are left when one has died or cannot be reached.
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)
_LOST_WORDS = ("Connection reset", "heartbeat", "unhealthy")


@dataclass(frozen=True, kw_only=True)
class Devices:
    """The strategy of a run and this process's place in it.

    Attributes:
        strategy: Within its `scope` the model is built.
        workers: Processes that train together.
        worker: Which of them this is, from 0.
    """

    strategy: tf.distribute.Strategy
    workers: int = 1
    worker: int = 0

    @property
    def chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.worker == 0

    @property
    def replicas(self) -> int:
        """Devices, over all workers, that share each batch."""
        return self.strategy.num_replicas_in_sync

    def total(self, value: float) -> float:
        """The sum of every worker's value; all workers wait here for each other."""
        if self.workers == 1:
            return value
        return float(self._sum(tf.constant(value * self.workers / self.replicas, tf.float32)))

    def leave(self) -> None:
        """Wait for the other workers after the last step that they share.

        A worker that ended at once would take with it what others still have to fetch of the last
        sum. Of this one nothing is needed any more.
        """
        try:
            self.total(0.0)
        except tf.errors.OpError as error:
            if lost_worker(error, self) is None:
                raise

    @tf.function
    def _sum(self, share: tf.Tensor) -> tf.Tensor:
        parts = self.strategy.run(lambda: tf.identity(share))
        return self.strategy.reduce(tf.distribute.ReduceOp.SUM, parts, axis=None)


def find_devices(kind: str) -> Devices:
    """The devices of a recipe's `training.distribute`.

    Args:
        kind: "none", "mirrored" (all GPUs of this machine, or its logical CPUs) or
            "multi_worker" (as the environment's TF_CONFIG says).

    Raises:
        UsageError: TF_CONFIG is missing or cannot be understood.
    """
    if kind == "mirrored":
        found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return Devices(strategy=tf.distribute.MirroredStrategy([device.name for device in found]))
    if kind == "multi_worker":
        workers, worker = _cluster(os.environ.get("TF_CONFIG", ""))
        return Devices(
            strategy=tf.distribute.MultiWorkerMirroredStrategy(), workers=workers, worker=worker
        )
    return Devices(strategy=tf.distribute.get_strategy())


def _cluster(text: str) -> tuple[int, int]:
    """Number of workers and index of this one."""
    example = (
        '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
        '"task": {"type": "worker", "index": 0}}'
    )
    try:
        config = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        index = int(task["index"])
        if task["type"] != "worker" or not 0 <= index < len(workers):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"training.distribute: multi_worker needs TF_CONFIG in the environment, like {example} "
            f"with this process's index. It is {text!r}"
        ) from None
    return len(workers), index


def lost_worker(error: BaseException, devices: Devices) -> DggganError | None:
    """A `DggganError` for an error that says that another worker is gone, or None."""
    if devices.workers == 1 or not isinstance(error, tf.errors.OpError):
        return None
    if not isinstance(error, _LOST) and not any(word in error.message for word in _LOST_WORDS):
        return None
    return DggganError(
        f"worker {devices.worker} of {devices.workers} lost another worker: the run has ended. "
        "Start all workers again with the same command, and it goes on from the last checkpoint"
    )


def share_batches(dataset: tf.data.Dataset, devices: Devices, batch_size: int) -> tf.data.Dataset:
    """A worker's dataset of its part of each batch, in the form that `fit` shares out to devices.

    Keras cuts every batch that it is given into one part for each device of all workers, which
    its worker then takes in turn. Here several of the worker's own parts make such a batch.
    """
    return dataset if devices.workers == 1 else dataset.rebatch(batch_size, drop_remainder=True)
