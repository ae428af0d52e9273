"""Upscaling as a step of somebody's own Ray Data pipeline."""

import dataclasses
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from keras_dgggan.bulk.cluster import need_ray, room_for, shipped
from keras_dgggan.bulk.settings import Settings
from keras_dgggan.bulk.workers import Workers
from keras_dgggan.errors import UsageError

if TYPE_CHECKING:
    import keras
    import ray.data

BYTES = "bytes"


def upscale_dataset(
    dataset: "ray.data.Dataset",
    model: "str | os.PathLike[str] | keras.Model | None" = None,
    *,
    column: str = BYTES,
    settings: Settings | None = None,
    workers: Workers | None = None,
) -> "ray.data.Dataset":
    """Map a Ray Dataset of pictures to one of larger pictures.

    Nothing runs before the result is consumed. One core stays free for the tasks that read and
    write, which would wait for ever if workers held all of them.

    Args:
        dataset: A `ray.data.Dataset`, of `ray.data.read_binary_files`, `read_images` or others.
        model: A name as `load_model` takes it, a network of this package, or "auto" for the
            preset that suits each encoded picture. None takes `settings.model`.
        column: What holds the pictures: encoded files as bytes, or arrays `[height, width]` or
            `[height, width, channels]`, which "auto" takes for pictures that were never compressed.
        settings: Model and options; those of names are not used.
        workers: How many there are, and what each has; the address is that of the cluster that
            this process has joined.

    Returns:
        A dataset with the same rows, in which `column` holds the larger picture, of the same
        kind, and a column `error` what went wrong, where the picture is null; otherwise null.

    Raises:
        UsageError: Ray is not installed, there is no such model, or no room for a worker.

    Examples:
        >>> import ray                                        # doctest: +SKIP
        >>> photos = ray.data.read_binary_files("s3://shop/photos", include_paths=True)
        ...                                                   # doctest: +SKIP
        >>> larger = upscale_dataset(photos, "dgggan_x4_light")  # doctest: +SKIP
        >>> larger.write_parquet("s3://shop/larger")          # doctest: +SKIP
    """
    need_ray()
    import ray

    from keras_dgggan.bulk.actor import DatasetActor

    settings, workers = settings or Settings(), workers or Workers()
    with tempfile.TemporaryDirectory(prefix="keras-dgggan-") as folder:
        if model is not None:
            if not isinstance(model, str | os.PathLike):
                model = _saved(model, Path(folder, "model.keras"))
            settings = dataclasses.replace(settings, model=str(model))
        models = settings.models()
    if not ray.is_initialized():
        # A bare init() would join whatever cluster a file on this machine names.
        ray.init(address=workers.address or "local")
    asked = workers.resources(models.values())
    fitting = room_for(asked, spare=1)
    if not fitting:
        raise UsageError(
            f"the cluster has no room for a worker of {workers.cpus} cores and a core to spare"
        )
    return dataset.map(
        DatasetActor,
        fn_constructor_kwargs={
            "models": shipped(models),
            "settings": settings,
            "threads": workers.cpus,
            "gpus": workers.gpus,
            "column": column,
        },
        compute=workers.pool(fitting),
        **asked,
    )


def _saved(network: "keras.Model", path: Path) -> str:
    from keras_dgggan.pretrained.load import save_network

    save_network(getattr(network, "inference_generator", network), path)
    return str(path)
