"""`keras-dgggan demo`: the page that upscales in the browser, on this machine."""

import click

from keras_dgggan.cli.names import ModelName


@click.command("demo")
@click.argument("models", metavar="[MODEL]...", nargs=-1, type=ModelName())
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=False,
    help="[default: a free one]",
)
@click.option(
    "--browser/--no-browser", default=True, show_default=False, help="Whether to open the browser."
)
def command(models: tuple[str, ...], port: int, browser: bool) -> None:
    """Open a page that upscales pictures in the browser, with MODEL: presets, run folders or
    files; by default all models that come with the package.

    The page is served on this machine's loopback address, which no other machine reaches, until
    Ctrl-C.

    \b
    Examples:
      keras-dgggan demo
      keras-dgggan demo runs/quickstart --port 8000
    """
    import webbrowser

    from keras_dgggan.presets import DEFAULT_PRESET, preset_names
    from keras_dgggan.web.server import SiteServer
    from keras_dgggan.web.site import site_files

    # The page begins with the first.
    presets = sorted(preset_names(), key=lambda name: name != DEFAULT_PRESET)
    with SiteServer(site_files(models or presets, offline=False), port) as server:
        click.echo(f"{server.url} (Ctrl-C ends it)")
        if browser:
            webbrowser.open(server.url)
        server.serve_forever()
