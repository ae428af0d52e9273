"""A bulk run: plan, workers, manifest; what was done before is not done again."""

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_dgggan.bulk.cluster import cluster, need_ray, room_for, shipped
from keras_dgggan.bulk.inputs import list_inputs
from keras_dgggan.bulk.keys import KeyTable, keys_of
from keras_dgggan.bulk.manifest import Manifest, Row
from keras_dgggan.bulk.model_files import ModelFiles
from keras_dgggan.bulk.plan import Plan, make_plan
from keras_dgggan.bulk.progress import Progress
from keras_dgggan.bulk.settings import Settings, is_begun, settle
from keras_dgggan.bulk.storage import place_of
from keras_dgggan.bulk.workers import Workers
from keras_dgggan.errors import DggganError, OutputError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from keras_dgggan.bulk.cluster import Shipped

# Pictures that go to a worker together: what it has begun is begun anew when it is killed.
_MOST_AT_ONCE = 16

# Pictures that Ray is told of at a time: it remembers something of each.
_ROUND = 100_000

# A block whose worker was killed is tried so often again, then its pictures one by one.
_RETRIES = 3


# Told how far the run is, and the rows of the manifest that are new.
Report = Callable[[Progress, list[Row]], None]


def upscale_bulk(
    inputs: str,
    output: str,
    settings: Settings | None = None,
    *,
    workers: Workers | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    debug: bool = False,
    report: Report | None = None,
) -> Progress:
    """Upscale the pictures of a folder, a bucket or a list on one machine or many.

    Called again, it makes what is missing or failed, and what has another size than it had.

    Args:
        inputs: See `list_inputs`.
        output: A folder or bucket, made where it is not there.
        settings: Model and options; the same in every call into one output.
        workers: How many there are, and where.
        overwrite: Other settings than before make everything anew, and files that are in the
            way are replaced.
        dry_run: Only count.
        debug: Let Ray say what it has to say.
        report: Called at the start and as pictures are made.

    Returns:
        What became of it; `failed` tells how many pictures could not be made, the manifest why.

    Raises:
        UsageError: Ray is not installed, there is no such input, the output was begun with other
            settings, or files are in the way.
        DggganError: The cluster cannot be had, or its machines do not see the output.

    Examples:
        >>> progress = upscale_bulk("photos", "s3://shop/larger")  # doctest: +SKIP
        >>> progress.done, progress.failed  # doctest: +SKIP
        (99998, 2)
    """
    settings, workers = settings or Settings(), workers or Workers()
    need_ray()
    place = place_of(output)
    if place.is_file():
        raise UsageError(f"OUTPUT '{output}' is a file: name a folder or a bucket")
    if place_of(inputs).name == place.name:
        raise UsageError("INPUT and OUTPUT are the same folder: name another OUTPUT")
    models = settings.models()
    entries = list_inputs(inputs, place)
    begun = is_begun(place)
    with tempfile.TemporaryDirectory(prefix="keras-dgggan-") as folder:
        record = settings.record(models)
        own = settle(place, record, overwrite=overwrite, write=False)
        file = Path(folder, "plan.parquet")
        plan = make_plan(entries, place, settings, own, file, replace=begun or overwrite)
        progress = Progress(plan.count + plan.skipped, plan.skipped, Manifest(place).place.name)
        if not progress.total:
            raise UsageError(f"no pictures in '{inputs}'")
        if report is not None:
            report(progress, [])
        if dry_run or not plan.count:
            return progress
        settle(place, record, overwrite=overwrite)
        run = _Run(plan, place.name, settings, models, own, workers)
        start = time.monotonic()
        cores = None if workers.count is None else workers.count * workers.cpus
        store = sum(each.bytes for each in models.values())
        with (
            Manifest(place).writer() as add,
            cluster(workers.address, cpus=cores, store=store, debug=debug),
        ):
            for rows in run.rows():
                now = time.monotonic()
                if not progress.seen:
                    worked = sum(row["seconds"] or 0.0 for row in rows)
                    progress.startup_seconds = max(0.0, now - start - worked)
                progress.add(rows, now)
                progress.seconds = now - start - progress.startup_seconds
                add(rows)
                if report is not None:
                    report(progress, rows)
    return progress


@dataclass
class _Run:
    """Runs a plan on the cluster that was joined."""

    plan: Plan
    output: str
    settings: Settings
    models: dict[str, ModelFiles]
    fingerprint: str
    workers: Workers

    def __post_init__(self) -> None:
        self._asked = self.workers.resources(self.models.values())

    def rows(self) -> Iterator[list[Row]]:
        """Rows of the manifest as pictures are made; in the end there is one for each."""
        models = shipped(self.models)
        if self.workers.address is None and not room_for(self._asked):
            # Ray would wait for ever.
            gigabytes = f"{self._asked['memory'] / 1e9:.2g} GB of memory"
            wanted = f"{self.workers.cpus} cores, {self.workers.gpus:g} GPUs and {gigabytes}"
            raise DggganError(f"this machine has no room for one worker, which wants {wanted}")
        for table in self.plan.tables(_ROUND):
            heard = KeyTable()
            rest = table
            for at_once in (self._at_once(len(table)), 1):
                for rows in self._pass(rest, at_once, models):
                    keys = keys_of(row["output"] for row in rows)
                    # A block may come twice if it was thought lost.
                    new = heard.add(keys, [0] * len(keys))
                    yield [row for row, is_new in zip(rows, new, strict=True) if is_new]
                names = rest.column("output").to_pylist()
                rest = rest.filter(np.asarray(heard.find(keys_of(names)) < 0))
                if not len(rest):
                    break
            yield [self._lost(job) for job in rest.to_pylist()]

    def _at_once(self, pictures: int) -> int:
        """So few that every worker gets several shares."""
        workers = max(1, room_for(self._asked))
        return min(_MOST_AT_ONCE, max(1, pictures // (8 * workers)))

    def _pass(self, table: "pa.Table", at_once: int, models: "Shipped") -> Iterator[list[Row]]:
        import ray.data

        from keras_dgggan.bulk.actor import Actor

        context = ray.data.DataContext.get_current()
        # The pictures of a block whose workers were killed are tried one by one.
        context.max_errored_blocks = -1
        blocks = [table.slice(k, at_once) for k in range(0, len(table), at_once)]
        with warnings.catch_warnings():
            # There is no other way yet to bound how often a block is tried again.
            warnings.filterwarnings("ignore", "`ray_remote_args")
            made = ray.data.from_arrow(blocks).map_batches(
                Actor,
                fn_constructor_kwargs={
                    "models": models,
                    "output": self.output,
                    "settings": self.settings,
                    "fingerprint": self.fingerprint,
                    "threads": self.workers.cpus,
                    "gpus": self.workers.gpus,
                },
                batch_size=None,
                batch_format="pyarrow",
                # Nothing but workers wants the cores of a cluster that is joined.
                compute=self.workers.pool(
                    room_for(self._asked), growing=self.workers.address is not None
                ),
                max_task_retries=_RETRIES,
                **self._asked,
            )
        for batch in made.iter_batches(batch_size=None, batch_format="pyarrow"):
            rows = batch.to_pylist()
            for row in rows:
                if row.pop("fatal"):
                    raise OutputError(row["error"])
            yield rows

    def _lost(self, job: dict[str, str]) -> Row:
        return {
            "input": job["input"],
            "output": job["output"],
            "error": f"'{job['input']}': every worker that took it was killed; it may need more "
            "memory than there is",
            "seconds": None,
            "settings": self.fingerprint,
            "worker": "",
        }
