"""What the inference benchmark runs: two generators, in the forms that the engines load."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LIGHT_PRESET = "dgggan_x4_light"


@dataclass(frozen=True)
class Model:
    """A row of the table.

    Attributes:
        options: Of the `Generator`.
        repetitions: By the LR side; others have those of the next smaller one.
        left_out: Engines that take too long, from a size on.
    """

    options: dict[str, Any]
    repetitions: dict[int, int]
    left_out: dict[int, tuple[str, ...]]

    def repetitions_at(self, size: int) -> int:
        """How many repetitions an LR side has."""
        smaller = [side for side in self.repetitions if side <= size]
        return self.repetitions[max(smaller, default=min(self.repetitions))]


MODELS = {
    "full": Model(
        {
            "filters": 64, "blocks": 10, "gradient_every": 3, "se_reduction": 16,
            "upsampler": "nearest", "image_skip": False,
        },
        {64: 3, 128: 2, 256: 2},
        {
            64: ("span", "cli_span"),
            128: ("bfloat16", "keras", "client", "c_api", "torch", "torch_compiled", "cli_span"),
            256: ("onnx_layers", "real_esrgan", "cli_real_esrgan"),
        },
    ),
    "light": Model(
        {
            "filters": 16, "blocks": 3, "gradient_every": 1, "se_reduction": 4,
            "upsampler": "pixel_shuffle", "image_skip": True,
        },
        {64: 11, 128: 7, 256: 5},
        {64: ("real_esrgan", "cli_real_esrgan")},
    ),
}  # fmt: skip


def prepare(folder: Path, models: list[str], sizes: list[int]) -> None:
    """Write what is not there yet, in a process of its own: its memory is no engine's."""
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [str(folder), json.dumps(models), json.dumps(sizes)]
    subprocess.run([sys.executable, __file__, *arguments], check=True)


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    folder, models, sizes = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
    write_images(folder, sizes)
    for name in models:
        missing = [size for size in sizes if not (folder / f"{name}_{size}.npy").is_file()]
        if missing:
            write_model(folder, name, missing)


def write_images(folder: Path, sizes: list[int]) -> None:
    """Crops of a photograph, and their bicubic enlargements."""
    from keras_dgggan.data.bundled import SkimageSource
    from keras_dgggan.images.resize import imresize

    photograph = SkimageSource(["astronaut"]).load(0).hr.astype(np.float32) / 255
    for size in sizes:
        lr = np.ascontiguousarray(photograph[:size, 100 : 100 + size])
        np.save(folder / f"lr_{size}.npy", lr)
        np.save(folder / f"bicubic_{size}.npy", imresize(lr, 4.0))


def write_model(folder: Path, name: str, sizes: list[int]) -> None:
    """The generator in all forms, and what its layers give in float32."""
    import onnx
    from tensorflow.core.protobuf import saved_model_pb2

    from keras_dgggan.export import export_saved_model

    generator = make(name)
    # Keras exports what has been called.
    generator(np.zeros((1, 8, 8, 3), np.float32))
    options = {key: getattr(generator, key) for key in MODELS[name].options}
    for size in sizes:
        lr = np.load(folder / f"lr_{size}.npy")
        np.save(folder / f"{name}_{size}.npy", np.asarray(generator(lr[None])["image"][0]))
    generator.save(folder / f"{name}.keras")
    np.savez(folder / f"{name}.npz", **{w.path: w.numpy() for w in generator.weights})
    both = folder / "both.onnx"
    # The layers as they are, which a user of another engine would have.
    generator.export(str(both), format="onnx", verbose=False)
    # The image alone: no engine is to compute the predicted gradient map for nothing.
    onnx.utils.extract_model(str(both), str(folder / f"{name}.onnx"), ["lr"], ["image"])
    both.unlink()
    version = export_saved_model(generator, folder / name)
    graph = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    signature = graph.meta_graphs[0].signature_def["float"]
    description = {
        "options": options,
        "macs_per_pixel": macs_per_pixel(generator),
        "input": signature.inputs["image"].name,
        "image": signature.outputs["image"].name,
    }
    (folder / f"{name}.json").write_text(json.dumps(description))


def macs_per_pixel(generator: Any) -> float:
    """Multiply-accumulates for an LR pixel of the SR image, as the layers have them."""
    import math

    from keras_dgggan.networks.complexity import count_network

    side = 16
    shuffled = generator.upsampler == "pixel_shuffle"
    last = generator.get_layer("gradient_map_pixels" if shuffled else "gradient_map")
    for_map = math.prod(last.kernel.shape) * (1 if shuffled else generator.scale**2)
    return count_network(generator, side, side).macs / side**2 - for_map


def make(name: str) -> Any:
    """The generator: the preset where there is one, else one of fixed weights."""
    import keras

    from keras_dgggan.networks import Generator
    from keras_dgggan.presets import preset_names
    from keras_dgggan.pretrained.load import load_generator

    if name == "light" and LIGHT_PRESET in preset_names():
        preset = load_generator(LIGHT_PRESET)
        # In float32, whatever it was trained in: it is the reference for all engines.
        generator = Generator(**{key: getattr(preset, key) for key in MODELS[name].options})
        generator.set_weights(preset.get_weights())
        return generator
    keras.utils.set_random_seed(0)
    generator = Generator(**MODELS[name].options)
    rng = np.random.default_rng(0)
    for weight in generator.weights:
        if len(weight.shape) == 1:
            weight.assign(0.02 * rng.standard_normal(weight.shape))
    return generator


if __name__ == "__main__":
    main()
