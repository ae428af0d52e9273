"""Runs in the interpreter that has PyTorch: makes networks of peers, their weights and outputs."""

import importlib
import importlib.machinery
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file


def stub(name, **attributes):
    """A module in the place of one that the networks' files import and do not use."""
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    module.__path__ = []
    sys.modules[name] = module


class Registry:
    def register(self, **_):
        return lambda network: network


def package_without_init(name):
    """Let the modules of a package be imported without what its `__init__` imports."""
    top = name.split(".")[0]
    folder = next(Path(p) / top for p in sys.path if (Path(p) / top).is_dir())
    module = types.ModuleType(name)
    module.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
    sys.modules[name] = module


def load(package, module, name):
    if package == "basicsr":
        stub("torchvision", __version__="0.20")
        package_without_init("basicsr")
        package_without_init("basicsr.archs")
        stub("basicsr.utils", get_root_logger=None)
        stub("basicsr.utils.registry", ARCH_REGISTRY=Registry())
        stub("basicsr.ops")
        stub("basicsr.ops.dcn", ModulatedDeformConvPack=object, modulated_deform_conv=None)
    if package == "torchsr":
        package_without_init("torchsr")
        package_without_init("torchsr.models")
    if package == "super_image":
        package_without_init("super_image")
        package_without_init("super_image.models")
        stub("super_image.data")
        mean, std = (0.4488, 0.4371, 0.4040), (1.0, 1.0, 1.0)
        names = ("DIV2K_RGB_MEAN", "DIV2K_RGB_STD", "EIGHT_RGB_MEAN", "EIGHT_RGB_STD")
        stub("super_image.data.datasets", **dict(zip(names, (mean, std) * 2, strict=True)))
        stub("super_image.file_utils", __getattr__=lambda name: None)
        for folder in ("msrn", "ddbpn"):
            package_without_init(f"super_image.models.{folder}")
    if package == "spandrel":
        stub("torchvision", __version__="0.20")
        package_without_init("spandrel")
        package_without_init("spandrel.architectures")
        stub("spandrel.util", store_hyperparameters=lambda *a, **k: lambda network: network)
        package_without_init("spandrel.architectures.__arch_helpers")
        for folder in ("ESRGAN", "RCAN", "Compact", "SPAN"):
            package_without_init(f"spandrel.architectures.{folder}")
            package_without_init(f"spandrel.architectures.{folder}.__arch")
    return getattr(importlib.import_module(module), name)


def make(task):
    kind = load(task["package"], task["module"], task["name"])
    if "config" in task:
        config = load(task["package"], *task["config"])(**task["arguments"])
        return kind(config)
    return kind(**task["arguments"])


def run(task):
    folder = Path(task["folder"])
    peer = make(task)
    for name in task.get("silenced", []):
        setattr(peer, name, torch.nn.Identity())
    peer.eval()
    generator = torch.Generator().manual_seed(0)
    fixed = ("sub_mean", "add_mean")
    with torch.no_grad():
        for name, parameter in peer.named_parameters():
            if not name.startswith(fixed):
                spread = 1 / max(1, parameter[0].numel()) ** 0.5 if parameter.ndim > 1 else 0.1
                # A network that multiplies its inputs by 255 would make its sigmoids steep: they
                # multiplied the rounding of every layer by a thousand.
                spread /= task.get("input_range", 1) if name in task.get("first", []) else 1
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
        save_file(
            {k: v.contiguous() for k, v in peer.state_dict().items()}, folder / "w.safetensors"
        )
        torch.save({"params_ema": peer.state_dict()}, folder / "w.pth")
        inputs = np.load(folder / "x.npz")
        interpolate = torch.nn.functional.interpolate
        if task.get("enlarged"):
            torch.nn.functional.interpolate = lambda x, **options: x
        outputs = {
            key: peer(torch.from_numpy(inputs[key].transpose(0, 3, 1, 2).copy()))
            .numpy()
            .transpose(0, 2, 3, 1)
            for key in inputs.files
        }
        torch.nn.functional.interpolate = interpolate
    np.savez(folder / "y.npz", **outputs)


for task in json.loads(sys.argv[1]):
    run(task)
