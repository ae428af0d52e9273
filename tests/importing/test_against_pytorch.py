"""Networks against PyTorch code that others wrote, with the same random weights."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from keras_dgggan.images.resize import imresize
from keras_dgggan.importing.assign import import_weights
from keras_dgggan.importing.matching import best_match
from keras_dgggan.importing.reading import read_state
from keras_dgggan.networks import make_network

# They need an environment of their own, see .ci/peers.
pytestmark = pytest.mark.slow

RUNNER = Path(__file__).parent / "peer_runner.py"
SIZES = [(9, 14), (16, 11)]

# our network and arguments; the package, module, name and arguments of theirs
PEERS = {
    "vdsr by torchsr": (
        ("vdsr", {"depth": 6, "channels": 3, "filters": 16}),
        (
            "torchsr",
            "torchsr.models.vdsr",
            "VDSR",
            {"n_resblocks": 6, "n_feats": 16, "scale": 4, "pretrained": False},
        ),
        {"enlarged": True, "silenced": ["sub_mean", "add_mean"]},
    ),
    "srresnet by basicsr": (
        ("srresnet", {"blocks": 3, "filters": 16}),
        (
            "basicsr",
            "basicsr.archs.srresnet_arch",
            "MSRResNet",
            {"num_block": 3, "num_feat": 16},
        ),
        {},
    ),
    "edsr by torchsr": (
        ("edsr", {"blocks": 3, "filters": 16, "scale": 3}),
        (
            "torchsr",
            "torchsr.models.edsr",
            "EDSR",
            {"n_resblocks": 3, "n_feats": 16, "scale": 3, "res_scale": 0.1},
        ),
        {},
    ),
    "edsr by basicsr": (
        ("edsr", {"blocks": 3, "filters": 16}),
        (
            "basicsr",
            "basicsr.archs.edsr_arch",
            "EDSR",
            {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 16, "num_block": 3, "res_scale": 0.1},
        ),
        {},
    ),
    "rcan by torchsr": (
        ("rcan", {"groups": 2, "blocks": 3, "filters": 16, "reduction": 4}),
        (
            "torchsr",
            "torchsr.models.rcan",
            "RCAN",
            {"n_resgroups": 2, "n_resblocks": 3, "n_feats": 16, "reduction": 4, "scale": 4},
        ),
        {},
    ),
    "rcan by basicsr": (
        ("rcan", {"groups": 2, "blocks": 3, "filters": 16, "reduction": 4, "scale": 2}),
        (
            "basicsr",
            "basicsr.archs.rcan_arch",
            "RCAN",
            {
                "num_in_ch": 3,
                "num_out_ch": 3,
                "num_feat": 16,
                "num_group": 2,
                "num_block": 3,
                "squeeze_factor": 4,
                "upscale": 2,
            },
        ),
        {},
    ),
    "msrn by super-image": (
        ("msrn", {"blocks": 2, "filters": 16, "rgb_range": 1.0, "mean_shift": False}),
        (
            "super_image",
            "super_image.models.msrn.modeling_msrn",
            "MsrnModel",
            {"scale": 4, "n_blocks": 2, "n_feats": 16},
        ),
        {"config": ("super_image.models.msrn.configuration_msrn", "MsrnConfig")},
    ),
    "rdn by torchsr": (
        ("rdn", {"blocks": 2, "depth": 3, "filters": 12, "growth": 8}),
        (
            "torchsr",
            "torchsr.models.rdn",
            "RDN",
            {"scale": 4, "G0": 12, "G": 8, "D": 2, "C": 3},
        ),
        {},
    ),
    "dbpn by super-image": (
        (
            "dbpn",
            {
                "filters": 32,
                "head_filters": 128,
                "stages": 6,
                "shared_slopes": False,
                "mean_shift": True,
            },
        ),
        (
            "super_image",
            "super_image.models.ddbpn.modeling_ddbpn",
            "DdbpnModel",
            {"scale": 4, "rgb_range": 1},
        ),
        {"config": ("super_image.models.ddbpn.configuration_ddbpn", "DdbpnConfig")},
    ),
    "esrgan by basicsr": (
        ("esrgan", {"blocks": 2, "filters": 16, "growth": 8}),
        (
            "basicsr",
            "basicsr.archs.rrdbnet_arch",
            "RRDBNet",
            {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 16, "num_block": 2, "num_grow_ch": 8},
        ),
        {},
    ),
    "esrgan by spandrel": (
        ("esrgan", {"blocks": 2, "filters": 16}),
        (
            "spandrel",
            "spandrel.architectures.ESRGAN.__arch.RRDB",
            "RRDBNet",
            {"num_filters": 16, "num_blocks": 2},
        ),
        {},
    ),
    "compact by basicsr": (
        ("compact", {"filters": 16, "depth": 3, "scale": 2}),
        (
            "basicsr",
            "basicsr.archs.srvgg_arch",
            "SRVGGNetCompact",
            {"num_feat": 16, "num_conv": 3, "upscale": 2},
        ),
        {},
    ),
    "compact with leaky relu by spandrel": (
        ("compact", {"filters": 16, "depth": 3, "activation": "leaky_relu"}),
        (
            "spandrel",
            "spandrel.architectures.Compact.__arch.SRVGG",
            "SRVGGNetCompact",
            {"num_feat": 16, "num_conv": 3, "act_type": "leakyrelu"},
        ),
        {},
    ),
    "span by spandrel": (
        ("span", {"filters": 16}),
        (
            "spandrel",
            "spandrel.architectures.SPAN.__arch.span",
            "SPAN",
            {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 16, "upscale": 4},
        ),
        {"input_range": 255, "first": ["conv_1.sk.weight", "conv_1.conv.0.weight"]},
    ),
    "span without norm by spandrel": (
        ("span", {"filters": 16, "norm": False, "scale": 3}),
        (
            "spandrel",
            "spandrel.architectures.SPAN.__arch.span",
            "SPAN",
            {
                "num_in_ch": 3,
                "num_out_ch": 3,
                "feature_channels": 16,
                "upscale": 3,
                "norm": False,
            },
        ),
        {},
    ),
}


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    """The folder of each peer with its inputs, weights and outputs: one process makes them all."""
    interpreter = os.environ.get("KERAS_DGGGAN_PEERS")
    if not interpreter:
        pytest.skip(
            "KERAS_DGGGAN_PEERS names no interpreter with torch, safetensors, basicsr, spandrel, "
            "torchsr and super-image"
        )
    rng = np.random.default_rng(20230110)
    folders, tasks = {}, []
    for peer, ((_, arguments), (package, module, name, theirs), options) in PEERS.items():
        inputs = {f"{h}x{w}": rng.random([1, h, w, 3], "float32") for h, w in SIZES}
        folder = folders[peer] = tmp_path_factory.mktemp("peer")
        np.savez(folder / "lr.npz", **inputs)
        if options.get("enlarged"):
            scale = arguments.get("scale", 4)
            inputs = {
                key: imresize(x[0].astype("float64"), scale)[None].astype("float32")
                for key, x in inputs.items()
            }
        np.savez(folder / "x.npz", **inputs)
        tasks.append(
            {
                "folder": str(folder),
                "package": package,
                "module": module,
                "name": name,
                "arguments": theirs,
                **options,
            }
        )
    result = subprocess.run(
        [interpreter, str(RUNNER), json.dumps(tasks)], capture_output=True, text=True, timeout=600
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return folders


@pytest.mark.slow
@pytest.mark.parametrize("peer", PEERS)
def test_the_same_weights_give_the_same_image(peer, peers):
    (kind, arguments), *_ = PEERS[peer]
    folder = peers[peer]
    state, other = (read_state(folder / f"w.{ending}") for ending in ("safetensors", "pth"))
    assert {*state} == {*other}
    assert all(np.array_equal(state[name], other[name]) for name in state)
    network = make_network(kind, **arguments)
    import_weights(network, state)
    with np.load(folder / "y.npz") as expected, np.load(folder / "lr.npz") as inputs:
        for key, x in inputs.items():
            found = np.asarray(network(x)["image"])
            assert expected[key].std() > 0.01
            np.testing.assert_allclose(
                found, expected[key], atol=1e-4 * np.abs(expected[key]).max()
            )
    match = best_match(state)
    assert match.kind == type(network).__name__
    untold = {"residual_scale"}
    if peer == "msrn by super-image":
        # Its files hold a shift of colours that it does not apply.
        untold |= {"rgb_range", "mean_shift"}
    told = {key: value for key, value in match.arguments().items() if key not in untold}
    assert told == {key: network.arguments[key] for key in told}
