"""How many workers there are, and what of the cluster each has."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_dgggan.bulk.model_files import ModelFiles
from keras_dgggan.errors import UsageError

if TYPE_CHECKING:
    from ray.data import ActorPoolStrategy

# What a worker with a light model takes at most while it computes tiles, TensorFlow's included.
_LEAST_MEMORY = 2**30

# A model's file, its weights, and the forms that an engine keeps of them.
_COPIES = 4


@dataclass(frozen=True, kw_only=True)
class Workers:
    """How many workers there are, and what each has.

    Attributes:
        address: Of a running Ray cluster; None starts one on this machine.
        count: The most workers; None takes as many as the cluster has room for.
        cpus: Cores of each, and the threads that it computes by.
        gpus: GPUs of each, or a share of one, like 0.5.
        memory: Gigabytes that are set aside for each; None goes by the models' size.

    Examples:
        >>> Workers(cpus=4, gpus=0.5).cpus
        4
    """

    address: str | None = None
    count: int | None = None
    cpus: int = 1
    gpus: float = 0.0
    memory: float | None = None

    def __post_init__(self) -> None:
        if self.address == "local":  # Ray's own word, which RAY_ADDRESS may hold
            object.__setattr__(self, "address", None)
        if self.address is not None and self.address.startswith("ray://"):
            raise UsageError(
                f"'{self.address}' is an address of Ray Client, which is not supported: run the "
                "command on a machine of the cluster with the address HOST:6379, or by ray job "
                "submit"
            )
        if self.cpus < 1 or (self.count is not None and self.count < 1) or self.gpus < 0:
            raise UsageError(f"workers need at least one core each. Received: {self}")

    def resources(self, models: Iterable[ModelFiles]) -> dict[str, float]:
        """What Ray is asked for, for each."""
        if self.memory is None:
            memory = _LEAST_MEMORY + _COPIES * sum(each.bytes for each in models)
        else:
            memory = round(self.memory * 1e9)
        asked: dict[str, float] = {"num_cpus": self.cpus, "memory": memory}
        if self.gpus:
            asked["num_gpus"] = self.gpus
        return asked

    def pool(self, fitting: int, *, growing: bool = False) -> "ActorPoolStrategy":
        """Ray Data's pool of actors.

        Args:
            fitting: How many the cluster has room for, when work starts.
            growing: The cluster may grow, and the pool with it.
        """
        from ray.data import ActorPoolStrategy

        first = max(1, fitting if self.count is None else min(fitting, self.count))
        return ActorPoolStrategy(
            min_size=1,
            max_size=self.count if growing else first,
            initial_size=first,
            # One that runs, and one that waits on the worker: more would wait on a slow one.
            max_tasks_in_flight_per_actor=2,
        )
