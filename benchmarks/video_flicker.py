"""How much models flicker on video: the table of docs/video.md.

    python benchmarks/video_flicker.py

Three clips are made from each of scikit-image's photographs: a still camera whose frames have noise
of their own, the same encoded as H.264, and a pan by one HR pixel a frame. The
flicker of a model is the mean difference of successive frames, for the pan after they are moved
back by the known motion. It is told against that of LR frames enlarged by the bicubic, so that 1 is
as steady as the input. Needs the extras `quickstart` and `video`.
"""

import itertools
import platform
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import skimage.data

from keras_dgggan import Upscaler, imresize
from keras_dgggan.video.colour import Colour, FromRgb, ToRgb

MODELS = ["dgggan_x4_light", "dgggan_x4_photo", "dgggan_x4_light_gan"]
PHOTOS = ["astronaut", "coffee", "chelsea"]
CLIPS = ["noise", "H.264", "pan"]
FRAMES, SCALE, SIGMA = 8, 4, 2.0
HEIGHT, WIDTH = 256, 320


def clip(photo: npt.NDArray, kind: str) -> list[npt.NDArray]:
    """LR frames, uint8 `[height, width, 3]`."""
    top = (photo.shape[0] - HEIGHT) // 2
    if kind == "pan":
        parts = [photo[top : top + HEIGHT, left : left + WIDTH] for left in range(FRAMES)]
        return [imresize(part, 1 / SCALE) for part in parts]
    small = imresize(photo[top : top + HEIGHT, :WIDTH], 1 / SCALE)
    noise = np.random.default_rng(0).normal(0, SIGMA, (FRAMES, *small.shape))
    frames = list(np.rint(small + noise).clip(0, 255).astype(np.uint8))
    return encoded(frames) if kind == "H.264" else frames


def encoded(frames: list[npt.NDArray]) -> list[npt.NDArray]:
    """Frames after x264 with its usual quality."""
    colour = Colour(1, 1, 1, 1)
    from_rgb, to_rgb = FromRgb(colour, "yuv420p"), ToRgb(colour, deep=False)
    encoder, decoder = (av.CodecContext.create(*kind) for kind in (("libx264", "w"), ("h264", "r")))
    encoder.height, encoder.width = frames[0].shape[:2]
    encoder.pix_fmt, encoder.framerate, encoder.time_base = "yuv420p", 25, Fraction(1, 25)
    encoder.options = {"crf": "23"}
    packets = []
    for number, frame in enumerate(frames):
        ours = from_rgb(frame)
        ours.pts = number
        packets += encoder.encode(ours)
    packets += encoder.encode(None)
    return [to_rgb(f) for packet in [*packets, None] for f in decoder.decode(packet)]


def flicker(frames: list[npt.NDArray], motion: int) -> float:
    """Mean difference of successive frames in levels, after the motion in columns is undone."""
    inside = slice(2 * SCALE, -2 * SCALE)
    differences = []
    for one, other in itertools.pairwise(frames):
        moved = other[:, : other.shape[1] - motion].astype(np.float32)
        differences.append(np.abs(moved - one[:, motion:])[inside, inside].mean())
    return float(np.mean(differences))


def main() -> None:
    clips = {kind: [clip(getattr(skimage.data, name)(), kind) for name in PHOTOS] for kind in CLIPS}

    def measured(enlarge) -> list[float]:
        return [
            float(
                np.mean(
                    [flicker([enlarge(f) for f in frames], int(kind == "pan")) for frames in some]
                )
            )
            for kind, some in clips.items()
        ]

    reference = measured(lambda frame: imresize(frame, SCALE))
    print(f"{_cpu()}, {FRAMES} frames of {WIDTH // SCALE}x{HEIGHT // SCALE} a clip\n")
    print("| model | " + " | ".join(CLIPS) + " |\n|---|" + "---|" * len(CLIPS))
    print("| bicubic, levels of 255 | " + " | ".join(f"{value:.2f}" for value in reference) + " |")
    for name in MODELS:
        values = measured(Upscaler(name).upscale)
        told = [f"{v:.2f} ({v / r:.2f})" for v, r in zip(values, reference, strict=True)]
        print(f"| `{name}` | " + " | ".join(told) + " |")


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
