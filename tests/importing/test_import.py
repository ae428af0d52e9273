"""Strictness of the import, by states that are made here from public code's names and shapes."""

import json
import struct

import numpy as np
import pytest

from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.importing.assign import import_weights
from keras_dgggan.importing.matching import best_match
from keras_dgggan.importing.reading import read_state
from keras_dgggan.networks import make_network


def conv(rng, out, inside, size):
    return {
        "weight": rng.standard_normal([out, inside, size, size], "float32"),
        "bias": rng.standard_normal([out], "float32"),
    }


def state_of(rng, modules):
    """Tensors of convolutions `name: (out, in, size)`."""
    return {
        f"{name}.{key}": value
        for name, shape in modules.items()
        for key, value in conv(rng, *shape).items()
    }


def rrdb_modules(before, filters, growth, names="RDB{}.conv{}.0"):
    return {
        f"{before}.{names.format(i, j)}": (
            filters if j == 5 else growth,
            filters + (j - 1) * growth,
            3,
        )
        for i in (1, 2, 3)
        for j in (1, 2, 3, 4, 5)
    }


NEW = {
    "conv_first": (4, 3, 3),
    **rrdb_modules("body.0", 4, 2, "rdb{}.conv{}"),
    "conv_body": (4, 4, 3),
    "conv_up1": (4, 4, 3),
    "conv_up2": (4, 4, 3),
    "conv_hr": (4, 4, 3),
    "conv_last": (3, 4, 3),
}
OLD = {
    "model.0": (4, 3, 3),
    **rrdb_modules("model.1.sub.0", 4, 2),
    "model.1.sub.1": (4, 4, 3),
    "model.3": (4, 4, 3),
    "model.6": (4, 4, 3),
    "model.8": (4, 4, 3),
    "model.10": (3, 4, 3),
}
SPSR = {
    "model.0": (4, 3, 3),
    **{k: v for i in range(4) for k, v in rrdb_modules(f"model.1.sub.{i}", 4, 2).items()},
    "model.1.sub.4": (4, 4, 3),
    "model.3": (4, 4, 3),
    "model.6": (4, 4, 3),
    "model.8": (4, 4, 3),
    "HR_conv1_new.0": (4, 4, 3),
    "b_fea_conv.0": (4, 3, 3),
    **{k: v for i in range(1, 5) for k, v in rrdb_modules(f"b_block_{i}", 8, 2).items()},
    **{f"b_concat_{i}.0": (4, 8, 3) for i in range(1, 5)},
    "b_LR_conv.0": (4, 4, 3),
    **{f"b_module.{i}": (4, 4, 3) for i in (1, 4, 6, 8)},
    "conv_w.0": (3, 4, 1),
    **rrdb_modules("f_block", 8, 2),
    "f_concat.0": (4, 8, 3),
    "f_HR_conv0.0": (4, 4, 3),
    "f_HR_conv1.0": (3, 4, 3),
}


def sft(before):
    return {
        f"{before}.SFT_{kind}_conv{i}": (out, 32, 1)
        for kind in ("scale", "shift")
        for i, out in ((0, 32), (1, 4))
    }


SFTGAN = {
    "conv0": (4, 3, 3),
    **{k: v for i in (0, 1) for j in (0, 1) for k, v in sft(f"sft_branch.{i}.sft{j}").items()},
    **{f"sft_branch.{i}.conv{j}": (4, 4, 3) for i in (0, 1) for j in (0, 1)},
    **sft("sft_branch.2"),
    "sft_branch.3": (4, 4, 3),
    "HR_branch.0": (16, 4, 3),
    "HR_branch.3": (16, 4, 3),
    "HR_branch.6": (4, 4, 3),
    "HR_branch.8": (3, 4, 3),
    "CondNet.0": (128, 8, 4),
    "CondNet.2": (128, 128, 1),
    "CondNet.4": (128, 128, 1),
    "CondNet.6": (128, 128, 1),
    "CondNet.8": (32, 128, 1),
}


def esrgan():
    return make_network("esrgan", filters=4, blocks=1, growth=2)


def write_safetensors(path, state):
    """As its specification says: https://github.com/huggingface/safetensors."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in state.items():
        raw = array.tobytes()
        header[name] = {
            "dtype": {"float32": "F32", "float16": "F16", "uint16": "BF16"}[str(array.dtype)],
            "shape": array.shape,
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def test_both_naming_schemes_of_rrdbnet_are_one_network(rng):
    state = state_of(rng, NEW)
    renamed = dict(zip(state_of(rng, OLD), state.values(), strict=True))
    x = rng.random([1, 5, 6, 3], "float32")
    images = []
    for tensors, origin in [(state, "BasicSR"), (renamed, "the old ESRGAN")]:
        network = esrgan()
        assert import_weights(network, tensors) == origin
        images.append(np.asarray(network(x)["image"]))
    np.testing.assert_allclose(*images, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "kind, modules, arguments",
    [
        ("spsr", SPSR, {"filters": 4, "blocks": 4, "growth": 2, "tap_every": 1}),
        ("sftgan", SFTGAN, {"filters": 4, "blocks": 2}),
    ],
)
def test_every_weight_is_given_by_the_authors_names(kind, modules, arguments, rng):
    network = make_network(kind, **arguments)
    state = state_of(rng, modules)
    if kind == "spsr":
        state["HR_conv0_new.0.weight"] = state["model.8.weight"]
        state["get_g_nopadding.weight_h"] = np.zeros([1, 1, 3, 3], "float32")
    assert import_weights(network, state) == "the authors"
    given = {np.sort(value, axis=None).tobytes() for value in state.values()}
    for weight in network.weights:
        assert np.sort(np.asarray(weight), axis=None).tobytes() in given


@pytest.mark.parametrize(
    "change, named",
    [
        (lambda s: s.pop("conv_hr.bias"), "no tensor for 1 weights, .*hr/bias"),
        (lambda s: s.update({"body.1.rdb1.conv1.weight": s["conv_hr.weight"]}), "body.1.rdb1"),
        (lambda s: s.update({"conv_extra.weight": s["conv_hr.weight"]}), "conv_extra.weight"),
        (lambda s: s.update({"conv_hr.scale": s["conv_hr.bias"]}), "conv_hr.scale"),
        (lambda s: s.update({"conv_hr.weight": s["conv_last.weight"]}), "conv_hr.weight.*fit"),
    ],
)
def test_a_state_that_does_not_fit_names_the_tensor_and_changes_nothing(change, named, rng):
    network = esrgan()
    before = network.get_weights()
    state = state_of(rng, NEW)
    change(state)
    with pytest.raises(WeightsError, match=named):
        import_weights(network, state)
    for a, b in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_tensors_for_one_weight_have_to_agree(rng):
    network = make_network("spsr", filters=4, blocks=4, growth=2, tap_every=1)
    state = state_of(rng, SPSR)
    state["HR_conv0_new.0.weight"] = state["model.8.weight"] + 1
    with pytest.raises(WeightsError, match=r"model\.8\.weight.*HR_conv0_new.*differ"):
        import_weights(network, state)


def test_a_mean_colour_of_another_range_is_refused(rng):
    modules = {
        "head.0": (4, 3, 3),
        "body.0.body.0": (4, 4, 3),
        "body.0.body.2": (4, 4, 3),
        "body.1": (4, 4, 3),
        "tail.0.0": (16, 4, 3),
        "tail.0.2": (16, 4, 3),
        "tail.1": (3, 4, 3),
    }
    state = state_of(rng, modules)
    network = make_network("edsr", filters=4, blocks=1)
    state["sub_mean.bias"] = np.float32([-0.4488, -0.4371, -0.4040])
    with pytest.raises(WeightsError, match=r"sub_mean\.bias.*rgb_range"):
        import_weights(network, state)
    state["sub_mean.bias"] *= 255
    import_weights(network, state)


CURRENT = {
    "conv_first": (4, 3, 3),
    **rrdb_modules("RRDB_trunk.0", 4, 2, "RDB{}.conv{}"),
    "trunk_conv": (4, 4, 3),
    "upconv1": (4, 4, 3),
    "upconv2": (4, 4, 3),
    "HRconv": (4, 4, 3),
    "conv_last": (3, 4, 3),
}


def old_esrgan(steps):
    last = 3 * steps
    return {
        "model.0": (4, 3, 3),
        **rrdb_modules("model.1.sub.0", 4, 2),
        "model.1.sub.1": (4, 4, 3),
        **{f"model.{3 * i}": (4, 4, 3) for i in range(1, steps + 1)},
        f"model.{last + 2}": (4, 4, 3),
        f"model.{last + 4}": (3, 4, 3),
    }


@pytest.mark.parametrize("steps, scale", [(0, 1), (1, 2), (2, 4), (3, 8)])
def test_the_old_esrgan_of_every_scale_is_known(steps, scale, rng):
    state = state_of(rng, old_esrgan(steps))
    match = best_match(state)
    assert match.kind == "RRDBNet"
    assert match.arguments() == {"filters": 4, "blocks": 1, "growth": 2, "scale": scale}
    network = make_network("esrgan", **match.arguments())
    assert import_weights(network, state) == "the old ESRGAN"
    assert network(np.zeros([1, 3, 4, 3], "float32"))["image"].shape == (1, 3 * scale, 4 * scale, 3)


def test_an_old_esrgan_of_scale_3_has_the_tensors_of_scale_2(rng):
    network = make_network("esrgan", filters=4, blocks=1, growth=2, scale=3)
    assert import_weights(network, state_of(rng, old_esrgan(1))) == "the old ESRGAN"


@pytest.mark.parametrize(
    "prefix", ["module.", "generator.", "netG.module.", "model.", "_orig_mod."]
)
def test_prefixes_of_training_code_are_seen_through(prefix, rng):
    state = state_of(rng, CURRENT)
    network, plain = esrgan(), esrgan()
    assert import_weights(plain, state) == "ESRGAN"
    before = {f"{prefix}{name}": value for name, value in state.items()}
    import_weights(network, before | {"discriminator.conv0.weight": np.zeros([4, 3, 3, 3])})
    for a, b in zip(plain.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_network_that_folds_lr_first_is_named(rng):
    state = state_of(rng, CURRENT | {"conv_first": (4, 12, 3)})
    with pytest.raises(WeightsError, match="12 channels"):
        best_match(state).arguments()


def test_tensors_of_something_else_are_refused_by_their_names(rng):
    with pytest.raises(WeightsError, match=r"no network that is known.*encoder\.0"):
        best_match({"encoder.0.attn.weight": np.zeros([3, 3], "float32")})


def test_networks_without_code_of_others_are_refused():
    with pytest.raises(UsageError, match="Generator"):
        import_weights(make_network("dgggan", filters=4, blocks=1, se_reduction=2), {})


def test_safetensors_of_16_bits_are_read_as_float32(tmp_path, rng):
    exact = np.float32([[1.5, -2.0], [0.25, 384.0]])
    state = {
        "module.a": exact,
        "module.b": exact.astype("float16"),
        "module.c": (exact.view("uint32") >> 16).astype("uint16"),
    }
    write_safetensors(tmp_path / "w.safetensors", state)
    found = read_state(tmp_path / "w.safetensors")
    assert {*found} == {"a", "b", "c"}
    for array in found.values():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, exact)


@pytest.mark.parametrize("keep", [0, 5, 40, -3])
def test_a_cut_safetensors_file_is_refused(keep, tmp_path, rng):
    path = tmp_path / "w.safetensors"
    write_safetensors(path, state_of(rng, {"a": (2, 3, 3)}))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(WeightsError, match=r"w\.safetensors"):
        read_state(path)


def test_what_is_no_weights_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no weights file"):
        read_state(tmp_path / "absent.pth")
    (tmp_path / "w.onnx").touch()
    with pytest.raises(UsageError, match=r"w\.onnx"):
        read_state(tmp_path / "w.onnx")


_HEADERS = {
    "no mapping": [1],
    "an entry that is no mapping": {"a": 3},
    "no type": {"a": {"shape": [1], "data_offsets": [0, 4]}},
    "no shape": {"a": {"dtype": "F32", "data_offsets": [0, 4]}},
    "a type that is a list": {"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}},
    "an unknown type": {"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}},
    "a negative size": {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
    "a size of text": {"a": {"dtype": "F32", "shape": ["1"], "data_offsets": [0, 4]}},
    "another size": {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
    "three places": {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 2, 4]}},
    "places backwards": {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}},
    "a broken number": {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 3]}},
    "a huge size": {"a": {"dtype": "F32", "shape": [2**70], "data_offsets": [0, 4]}},
    "nothing": {},
}


@pytest.mark.parametrize("name", _HEADERS)
def test_a_malformed_safetensors_header_gives_one_sentence(name, tmp_path):
    text = json.dumps(_HEADERS[name]).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 4)
    with pytest.raises(WeightsError, match=r"w\.safetensors") as caught:
        read_state(path)
    assert "\n" not in str(caught.value)


def test_a_header_of_deeply_nested_lists_or_beyond_the_file_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    for text, length in ((b"[" * 100_000, 100_000), (b"{}", 2**63)):
        path.write_bytes(struct.pack("<Q", length) + text)
        with pytest.raises(WeightsError, match=r"w\.safetensors"):
            read_state(path)


@pytest.mark.parametrize("value, named", [(np.nan, "NaN"), (np.inf, "infinite")])
def test_numbers_that_are_not_finite_are_refused_with_their_tensor(value, named, tmp_path):
    state = {"a": np.zeros(3, "float32"), "b": np.array([0, value, 1], "float32")}
    write_safetensors(tmp_path / "w.safetensors", state)
    with pytest.raises(WeightsError, match=f"'b'.*{named}"):
        read_state(tmp_path / "w.safetensors")
