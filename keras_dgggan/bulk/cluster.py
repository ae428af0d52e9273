"""A Ray cluster for as long as a command runs: this machine's own, or one that is joined."""

import importlib.util
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from keras_dgggan._types import Config
from keras_dgggan.bulk.model_files import ModelFiles
from keras_dgggan.errors import DggganError, UsageError, first_line
from keras_dgggan.files import temporary_folder

if TYPE_CHECKING:
    import ray

    # Models as workers are handed them.
    Shipped: TypeAlias = dict[str, ModelFiles] | "ray.ObjectRef"

INSTALL = 'pip install "keras-dgggan[ray]"'

# Rows of a manifest and a model are all that goes through it.
_OBJECT_STORE = 256 * 2**20

# Longest path of a folder below which Ray's sockets still have names that Unix takes.
_LONGEST_FOLDER = 12


def need_ray() -> None:
    """Raise `UsageError` where Ray Data is not installed."""
    if importlib.util.find_spec("ray") is None or importlib.util.find_spec("pandas") is None:
        raise UsageError(f"this needs Ray Data, which is not installed: {INSTALL}")


@contextmanager
def cluster(
    address: str | None, *, cpus: int | None = None, store: int = 0, debug: bool = False
) -> Iterator[None]:
    """Join a cluster, or start one on this machine and end it afterwards.

    One that this process has joined already is used as it is. A local one asks every process
    for a token made for it: its control service listens on all of the machine's addresses.

    Args:
        address: Of a running cluster, like "10.0.0.1:6379"; None for one of this machine.
        cpus: How many cores a local cluster has; all by default.
        store: Bytes that the object store of a local one has to take.
        debug: Let Ray say what it has to say.

    Raises:
        UsageError: Ray is not installed.
        DggganError: The cluster cannot be joined or started.
    """
    need_ray()
    chosen = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    }
    has_token = "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ
    if address is None and not has_token:
        chosen |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with _environment(chosen):
        import ray

        if ray.is_initialized():
            with _quiet(debug):
                yield
            return
        options: Config = {
            "log_to_driver": debug,
            "logging_level": logging.INFO if debug else logging.CRITICAL,
        }
        if address is not None:
            what = f"the Ray cluster at '{address}' cannot be joined"
            with _joined({**options, "address": address}, what), _quiet(debug):
                yield
            return
        # What a killed command left there goes with the next one.
        with temporary_folder(_sessions()) as folder:
            options |= {
                # A bare init() would join whatever cluster a file on this machine names.
                "address": "local",
                "num_cpus": cpus,
                "include_dashboard": False,
                "object_store_memory": _OBJECT_STORE + 2 * store,
                "_temp_dir": str(folder),
            }
            with _joined(options, "no Ray cluster could be started"), _quiet(debug):
                yield


@contextmanager
def _joined(options: Config, failure: str) -> Iterator[None]:
    import ray

    try:
        try:
            ray.init(**options)
        except Exception as error:
            raise DggganError(f"{failure}: {first_line(error).rstrip('.')}") from error
        yield
    finally:
        ray.shutdown()


def room_for(asked: Mapping[str, float], *, spare: int = 0) -> int:
    """How many workers the cluster that was joined has room for, as it is now.

    Args:
        asked: What each takes, as Ray's options name it: `num_cpus`, `num_gpus`, `memory`.
        spare: Cores that stay free.
    """
    import ray

    names = {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}
    there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    fitting = sum(
        min(int(node.get(names[name], 0) // amount) for name, amount in asked.items())
        for node in there
    )
    cores = sum(node.get("CPU", 0) for node in there)
    return min(fitting, int((cores - spare) // asked["num_cpus"]))


def shipped(models: dict[str, ModelFiles]) -> "Shipped":
    """Models on their way to workers: a user's files once through the object store."""
    import ray

    return ray.put(models) if any(each.files for each in models.values()) else models


def received(models: "Shipped") -> dict[str, ModelFiles]:
    """What `shipped` was given, in a worker."""
    if isinstance(models, dict):
        return models
    import ray

    return ray.get(models)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set what is not set; afterwards it is gone again."""
    added = [name for name in values if name not in os.environ]
    os.environ.update({name: values[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def _quiet(debug: bool) -> Iterator[None]:
    import ray.data

    context = ray.data.DataContext.get_current()
    bars, logger = context.enable_progress_bars, logging.getLogger("ray.data")
    level = logger.level
    if not debug:
        context.enable_progress_bars = False
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        context.enable_progress_bars = bars
        logger.setLevel(level)


def _sessions() -> str:
    """Where Ray's sockets have names short enough for Unix."""
    usual = tempfile.gettempdir()
    return usual if os.name == "nt" or len(usual) <= _LONGEST_FOLDER else "/tmp"
