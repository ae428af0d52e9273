"""`keras-dgggan web-runtime`: get what computes in the page of `demo` and `export --format web`."""

from pathlib import Path

import click


@click.command("web-runtime")
@click.option(
    "--from",
    "archive",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take the files from the npm package's archive (onnxruntime-web-VERSION.tgz).",
)
@click.option(
    "--registry",
    metavar="URL",
    help="The npm registry to download from.  [default: npm's own setting, or its public one]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where to write; by default the user's cache, where `demo` and `export` look.",
)
def command(archive: Path | None, registry: str | None, output: Path | None) -> None:
    """Get ONNX Runtime Web (33 MB), which is part of the page of `demo` and `export --format
    web`: once, and only where the installed package does not carry it.

    \b
    Examples:
      keras-dgggan web-runtime
      keras-dgggan web-runtime --from onnxruntime-web-1.30.0.tgz
    """
    from keras_dgggan.web.runtime import fetch_runtime

    click.echo(fetch_runtime(output, archive=archive, registry=registry))
