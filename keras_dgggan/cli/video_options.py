"""The options of `upscale` that are for videos."""

import click

from keras_dgggan._types import Config
from keras_dgggan.cli.shared_options import bundled
from keras_dgggan.video.formats import CODECS, SPEEDS
from keras_dgggan.video.options import ALLOWED, VideoOptions

_NAMES = ("codec", "crf", "preset_speed", "start", "duration", "allow")

_OPTIONS = [
    click.option(
        "--codec",
        type=click.Choice(list(CODECS)),
        help="Of videos.  [default: h264; vp9 for webm]",
    ),
    click.option(
        "--crf",
        type=click.IntRange(0, 63),
        help="Quality of videos, lower is better.  [default: 18 for h264]",
    ),
    click.option(
        "--preset-speed",
        type=click.Choice(list(SPEEDS)),
        default="medium",
        help="Of encoding videos; slower ones give smaller files.",
    ),
    click.option(
        "--start",
        type=click.FloatRange(min=0),
        default=0.0,
        show_default=False,
        help="Seconds of a video to leave out.",
    ),
    click.option(
        "--duration",
        type=click.FloatRange(min=0, min_open=True),
        help="Seconds of a video to take.  [default: all]",
    ),
    click.option(
        "--allow",
        type=click.Choice(list(ALLOWED)),
        multiple=True,
        help="Take videos that are refused: interlaced ones, HDR, or those that may fill the disk.",
    ),
]


def _gather(values: Config) -> None:
    context = click.get_current_context()
    given = click.core.ParameterSource.COMMANDLINE
    values["video_asked"] = [n for n in _NAMES if context.get_parameter_source(n) is given]
    chosen = {name: values.pop(name) for name in _NAMES}
    chosen["speed"] = chosen.pop("preset_speed")
    values["video"] = VideoOptions(**chosen)


# Adds the options, and passes them on as `video`, a `VideoOptions`, and `video_asked`, the names of
# those that were given.
video_options = bundled(_OPTIONS, _gather)
