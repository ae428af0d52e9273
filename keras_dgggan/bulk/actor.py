"""Workers as Ray's actors: for the plan of a bulk run, and for somebody's dataset."""

import os
import platform
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from keras_dgggan.bulk.cluster import received
from keras_dgggan.bulk.manifest import Row, schema
from keras_dgggan.bulk.worker import PictureMaker, Worker
from keras_dgggan.errors import OutputError, failure_of

if TYPE_CHECKING:
    from keras_dgggan.bulk.cluster import Shipped


class Actor:
    """Makes the pictures of blocks of a plan.

    Args:
        models: What `shipped` made of the models.
        gpus: How many it was given; without any it computes on the CPU.
    """

    def __init__(self, *, models: "Shipped", gpus: float, **options: Any) -> None:
        _prepare(gpus)
        self._worker = Worker(models=received(models), **options)
        self._name = f"{platform.node()}:{os.getpid()}"

    def __call__(self, block: pa.Table) -> pa.Table:
        jobs = block.to_pylist()
        try:
            rows = self._worker(jobs)
        except OutputError as error:
            rows = [{**jobs[0], "error": str(error), "fatal": True}]
        told = [{"fatal": False, **row, "worker": self._name} for row in rows]
        columns = [*schema(), pa.field("worker", pa.string()), pa.field("fatal", pa.bool_())]
        return pa.Table.from_pylist(told, pa.schema(columns))


class DatasetActor:
    """Replaces the picture of a row of somebody's dataset by a larger one.

    Args:
        models: What `shipped` made of the models.
        gpus: How many it was given; without any it computes on the CPU.
        column: What holds the pictures, encoded or as arrays.
        options: The further arguments of `PictureMaker`.
    """

    def __init__(self, *, models: "Shipped", gpus: float, column: str, **options: Any) -> None:
        _prepare(gpus)
        self._make = PictureMaker(models=received(models), **options)
        self._column = column

    def __call__(self, row: Row) -> Row:
        picture, error = row[self._column], None
        name = str(row.get("path", "the picture"))
        try:
            if isinstance(picture, bytes):
                picture, _ = self._make(picture, name)
            else:
                picture = self._make.array(np.asarray(picture))
        except Exception as fault:
            picture, error = None, failure_of(name, fault)
        return {**row, self._column: picture, "error": error}


def _prepare(gpus: float) -> None:
    if not gpus:
        # They are other workers', or nobody's.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    # On a GPU that workers share nobody may take all of its memory.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
