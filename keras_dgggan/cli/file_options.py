"""The options of commands that turn picture files into larger ones: `upscale` and `client`."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keras_dgggan.cli.progress import say_result

if TYPE_CHECKING:
    from keras_dgggan.cli.jobs import Plan, Result

_OPTIONS = [
    click.option(
        "-o",
        "--output",
        metavar="OUT",
        help="A file for a single input, a folder, or - for standard output.  "
        "[default: beside each input]",
    ),
    click.option("--suffix", default="_sr", show_default=True, help="Added to the outputs' names."),
    click.option("--format", help="png, jpg, webp, tiff or bmp.  [default: the input's]"),
    click.option(
        "--quality",
        type=click.IntRange(1, 100),
        default=95,
        show_default=True,
        help="Of JPEG and WebP; WebP of 100 is lossless.",
    ),
    click.option("-r", "--recursive", is_flag=True, help="Take sub-folders too."),
    click.option("--overwrite", is_flag=True, help="Replace existing outputs."),
    click.option("--skip-existing", is_flag=True, help="Pass over inputs whose outputs exist."),
    click.option("--dry-run", is_flag=True, help="Only say what would be written."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    click.option(
        "--max-megapixels",
        type=click.FloatRange(min=0, min_open=True),
        default=250,
        show_default=True,
        help="Refuse larger inputs.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """What was chosen of these options."""

    output: str | None
    suffix: str
    format: str | None
    quality: int
    recursive: bool
    overwrite: bool
    skip_existing: bool
    dry_run: bool
    as_json: bool
    max_megapixels: float

    def plan(self, inputs: Sequence[str], extras: Sequence[str] = ()) -> "Plan":
        """Which file becomes which; everything that can be known before work starts is checked.

        Raises:
            UsageError: There is nothing to do, or the outputs cannot be written as asked.
        """
        from keras_dgggan.cli import jobs
        from keras_dgggan.errors import UsageError

        plan = jobs.plan(
            inputs,
            self.output,
            suffix=self.suffix,
            format=self.format,
            recursive=self.recursive,
            overwrite=self.overwrite,
            skip_existing=self.skip_existing,
            extras=extras,
        )
        if not (plan.jobs or plan.failed or plan.skipped):
            raise UsageError(f"no images in {', '.join(map(repr, inputs))}")
        if self.as_json and any(job.target is None for job in plan.jobs):
            raise UsageError("--json and the picture cannot both go to standard output")
        return plan

    def told_only(self, plan: "Plan") -> "list[Result] | None":
        """The results where no picture is to be made, each said; None where work is to be done."""
        if plan.jobs and not self.dry_run:
            return None
        from keras_dgggan.cli.jobs import Result

        planned = [Result(job.name, str(job.target or "-"), "planned") for job in plan.jobs]
        results = [*plan.failed, *plan.skipped, *planned]
        for result in results:
            say_result(result)
        return results


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options and pass them on as `files`, a `FileOptions`."""

    @functools.wraps(command)
    def bundled(**options: Any) -> Any:
        chosen = {field.name: options.pop(field.name) for field in fields(FileOptions)}
        return command(files=FileOptions(**chosen), **options)

    for option in reversed(_OPTIONS):
        bundled = option(bundled)
    return bundled


_FILE = click.Path(exists=True, dir_okay=False)
_OPTIONS = [
    click.option(
        "--server",
        required=True,
        metavar="HOST:PORT",
        help="The server's gRPC address; TF Serving's --port, often 8500.",
    ),
    click.option(
        "--model", default="dgggan_x4_light", show_default=True, help="The model's served name."
    ),
    click.option("--version", type=click.IntRange(min=0), help="Ask for this version."),
    click.option("--label", help="Ask for the version that has this label, like stable."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=300.0,
        show_default=True,
        help="Seconds that one request may take.",
    ),
    click.option("--tls", is_flag=True, help="Use TLS and trust the system's authorities."),
    click.option("--tls-ca", type=_FILE, help="Use TLS and trust the authorities in a PEM file."),
    click.option("--tls-cert", type=_FILE, help="The client's certificate (PEM)."),
    click.option("--tls-key", type=_FILE, help="The client's private key (PEM)."),
]


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options and pass them on as `connect`, which takes `Client`'s further arguments."""

    @functools.wraps(command)
    def bundled(
        *,
        server: str,
        model: str,
        version: int | None,
        label: str | None,
        timeout: float,
        tls: bool,
        tls_ca: str | None,
        tls_cert: str | None,
        tls_key: str | None,
        **others: Any,
    ) -> Any:
        def connect(**more: Any) -> Any:
            from keras_dgggan.serving import Client

            credentials = _credentials(tls, tls_ca, tls_cert, tls_key)
            return Client(
                server,
                model,
                version=version,
                label=label,
                timeout=timeout,
                tls=credentials,
                **more,
            )

        return command(connect=connect, **others)

    for option in reversed(_OPTIONS):
        bundled = option(bundled)
    return bundled


def _credentials(tls: bool, ca: str | None, cert: str | None, key: str | None) -> Any:
    from keras_dgggan.errors import UsageError

    if (cert is None) != (key is None):
        raise UsageError("--tls-cert and --tls-key go together")
    if cert is None or key is None:
        return ca or tls
    import grpc

    authorities = Path(ca).read_bytes() if ca else None
    return grpc.ssl_channel_credentials(
        authorities, Path(key).read_bytes(), Path(cert).read_bytes()
    )
