"""Names of public code's tensors, each with its shape, as their definitions say."""

import numpy as np
import pytest
from test_import import state_of, write_safetensors

from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.importing.assign import import_weights
from keras_dgggan.importing.reading import read_state
from keras_dgggan.networks import make_network


def unit(name, features, kinds, inputs=1):
    """DBPN's; `kinds` are of the three convolutions in turn."""
    way = name.rstrip("0123456789")
    convs = {f"{name}.{way}_conv{i}.{kind}": (4, 4, 8) for i, kind in enumerate(kinds, 1)}
    return convs | ({f"{name}.conv.conv": (4, 4 * inputs, 1)} if inputs > 1 else {})


UP, DOWN = ("deconv", "conv", "deconv"), ("conv", "deconv", "conv")
DBPN = {
    "feat0.conv": (6, 3, 3),
    "feat1.conv": (4, 6, 1),
    **unit("up1", 4, UP),
    **unit("down1", 4, DOWN),
    **unit("up2", 4, UP),
    **unit("down2", 4, DOWN, 2),
    **unit("up3", 4, UP, 2),
    "output_conv.conv": (3, 12, 3),
}
RDN = {
    "SFENet1": (6, 3, 3),
    "SFENet2": (6, 6, 3),
    **{f"RDBs.{i}.convs.{j}.conv.0": (4, 6 + 4 * j, 3) for i in (0, 1) for j in (0, 1)},
    **{f"RDBs.{i}.LFF": (6, 14, 1) for i in (0, 1)},
    "GFF.0": (6, 12, 1),
    "GFF.1": (6, 6, 3),
    "UPNet.0": (16, 6, 3),
    "UPNet.2": (16, 4, 3),
    "UPNet.4": (3, 4, 3),
}
MSRN = {
    "head.0": (4, 3, 3),
    **{f"body.{i}.conv_{size}_1": (4, 4, size) for i in (0, 1) for size in (3, 5)},
    **{f"body.{i}.conv_{size}_2": (8, 8, size) for i in (0, 1) for size in (3, 5)},
    **{f"body.{i}.confusion": (4, 16, 1) for i in (0, 1)},
    "tail.0": (4, 12, 1),
    "tail.1": (4, 4, 3),
    "tail.2.0": (16, 4, 3),
    "tail.2.2": (16, 4, 3),
    "tail.3": (3, 4, 3),
}
# The parts' names of two times: first `conv_block1`, later `conv1`.
SRRESNET = {
    "{}1.0": (4, 3, 9),
    **{f"trunk.{i}.rcb.{j}": (4, 4, 3) for i in (0, 1) for j in (0, 3)},
    "{}2.0": (4, 4, 3),
    **{f"upsampling.{i}.upsample_block.0": (16, 4, 3) for i in (0, 1)},
    "{}3": (3, 4, 9),
}
NORMS = [f"trunk.{i}.rcb.{j}" for i in (0, 1) for j in (1, 4)] + ["{}2.1"]
SLOPES = ["{}1.1", *(f"trunk.{i}.rcb.2" for i in (0, 1))]
SLOPES += [f"upsampling.{i}.upsample_block.2" for i in (0, 1)]


@pytest.mark.parametrize(
    "kind, modules, arguments",
    [
        ("dbpn", DBPN, {"filters": 4, "head_filters": 6, "stages": 3}),
        ("rdn", RDN, {"filters": 6, "growth": 4, "blocks": 2, "depth": 2}),
        ("msrn", MSRN, {"filters": 4, "blocks": 2}),
    ],
)
def test_every_weight_is_given_by_the_authors_names(kind, modules, arguments, rng):
    network = make_network(kind, **arguments)
    state = state_of(rng, modules)
    if kind == "dbpn":
        convs = [name for name in modules if name != "output_conv.conv"]
        for name in convs:
            slope = name.rpartition(".")[0] + ".act.weight"
            state[slope] = rng.random([1], "float32")
    assert import_weights(network, state) == "the authors"
    given = {np.sort(value, axis=None).tobytes() for value in state.values()}
    for weight in network.weights:
        assert np.sort(np.asarray(weight), axis=None).tobytes() in given, weight.path


def srresnet_state(rng, part="conv"):
    state = state_of(rng, SRRESNET)
    for name in [name for name in state if name.endswith(".bias")]:
        if ".rcb." in name or name == "{}2.0.bias":
            del state[name]
    for name in NORMS:
        state[f"{name}.weight"] = rng.random(4, "float32") + 0.5
        state[f"{name}.bias"] = rng.standard_normal(4, "float32")
        state[f"{name}.running_mean"] = rng.standard_normal(4, "float32")
        state[f"{name}.running_var"] = rng.random(4, "float32") + 0.5
        state[f"{name}.num_batches_tracked"] = np.int64(7)
    state |= {f"{name}.weight": rng.random(1, "float32") for name in SLOPES}
    return {name.format(part): value for name, value in state.items()}


def published(**options):
    return make_network("srresnet", filters=4, blocks=2, modified=False, **options)


@pytest.mark.parametrize("part", ["conv", "conv_block"])
def test_the_published_srresnet_keeps_its_normalisation(part, rng):
    """Folding it into the convolutions, by PyTorch's formula, gives the same image."""
    network, folded = published(), published()
    state = srresnet_state(rng, part)
    import_weights(network, state)
    folded.set_weights(network.get_weights())
    norms = [layer.name for layer in network.layers if layer.name.endswith("_norm")]
    assert len(norms) == len(NORMS)
    for name in norms:
        norm, conv = folded.get_layer(name), folded.get_layer(name.removesuffix("_norm"))
        gamma, beta, mean, variance = norm.get_weights()
        factor = gamma / np.sqrt(variance + 1e-5)
        kernel, bias = conv.get_weights()
        np.testing.assert_array_equal(bias, 0)
        conv.set_weights([kernel * factor, beta - mean * factor])
        one, zero = np.ones(4, "float32"), np.zeros(4, "float32")
        norm.set_weights([one, zero, zero, one - np.float32(1e-5)])
    x = rng.random([1, 6, 7, 3], "float32")
    expected = np.asarray(folded(x)["image"])
    tolerance = 1e-5 * np.abs(expected).max()
    np.testing.assert_allclose(network(x)["image"], expected, atol=tolerance)


def test_one_slope_is_the_slope_of_every_channel(rng):
    network, state = published(), srresnet_state(rng)
    import_weights(network, state)
    slopes = np.asarray(network.get_layer("block_2_conv1_prelu").alpha)
    np.testing.assert_array_equal(slopes, np.full([1, 1, 4], state["trunk.1.rcb.2.weight"]))


def test_weights_of_the_other_srresnet_name_the_argument(rng):
    network = make_network("srresnet", filters=4, blocks=2)
    with pytest.raises(UsageError, match=r"Lornatang.*--set modified=false"):
        import_weights(network, srresnet_state(rng))


def test_a_bias_is_missed_where_there_has_to_be_one(rng):
    state = srresnet_state(rng)
    del state["conv3.bias"]
    with pytest.raises(WeightsError, match="image/bias"):
        import_weights(published(), state)


def test_a_shift_of_colours_that_the_network_lacks_is_refused(rng):
    modules = {f"body.{2 * i}": shape for i, shape in enumerate([(4, 3, 3), (4, 4, 3), (3, 4, 3)])}
    network = make_network("vdsr", filters=4, depth=3, channels=3)
    state = state_of(rng, modules)
    import_weights(network, state)
    state["sub_mean.bias"] = np.float32([-0.4488, -0.4371, -0.4040])
    with pytest.raises(WeightsError, match=r"sub_mean\.bias.*VDSR does not"):
        import_weights(network, state)


def test_the_order_of_files_does_not_matter(tmp_path, rng):
    state = srresnet_state(rng)
    state.pop("trunk.0.rcb.1.num_batches_tracked")
    kept = {name: value for name, value in state.items() if value.ndim}
    write_safetensors(tmp_path / "w.safetensors", dict(reversed(kept.items())))
    one, other = published(), published()
    import_weights(one, state)
    import_weights(other, read_state(tmp_path / "w.safetensors"))
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
