"""The residual-in-residual dense block that ESRGAN and SPSR are made of."""

from typing import Any

from keras_dgggan.networks.graph import Graph

# Of each dense block, and of the three together.
_RESIDUAL_SCALE = 0.2


def rrdb(graph: Graph, x: Any, growth: int, name: str) -> Any:
    """Three dense blocks of five convolutions, as layers `NAME_rdb1_conv1` and so on.

    LeakyReLU follows the first four convolutions of a dense block, not the fifth.

    Args:
        graph: Makes the layers.
        x: Features; the result has as many channels.
        growth: Channels that each of the four convolutions adds.
        name: What the names begin with.
    """
    filters = x.shape[-1]
    y = x
    for i in range(1, 4):
        block = f"{name}_rdb{i}"
        dense = y
        for j in range(1, 5):
            z = graph.conv(
                dense, growth, name=f"{block}_conv{j}", activation="leaky_relu", small=True
            )
            dense = graph.concat([dense, z], f"{block}_dense{j}")
        z = graph.conv(dense, filters, name=f"{block}_conv5", small=True)
        y = graph.residual(y, z, block, _RESIDUAL_SCALE)
    return graph.residual(x, y, name, _RESIDUAL_SCALE)
