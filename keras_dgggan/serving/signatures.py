"""The inputs and outputs of a served model's endpoints, and those that the client needs."""

from dataclasses import dataclass
from typing import Any

from keras_dgggan.serving.protocol import SignatureDefMap
from keras_dgggan.serving.tensors import DTYPE_NAMES, Spec

SERVING_DEFAULT, FLOAT, ENCODED = "serving_default", "float", "encoded"
# Exports of 0.1.0 do not have it.
DESCRIBE = "describe"


@dataclass(frozen=True)
class Signature:
    """The named inputs and outputs of one endpoint."""

    inputs: dict[str, Spec]
    outputs: dict[str, Spec]

    def __str__(self) -> str:
        sides = (
            ", ".join(f"{name} {spec}" for name, spec in sorted(side.items()))
            for side in (self.inputs, self.outputs)
        )
        return " -> ".join(sides)


_PIXELS = (None, None, None, 3)

# What `keras-dgggan export` writes; `float` also gives `gradient_map` where the model has it.
REQUIRED = {
    SERVING_DEFAULT: Signature(
        {"image": Spec("uint8", _PIXELS)}, {"image": Spec("uint8", _PIXELS)}
    ),
    FLOAT: Signature({"image": Spec("float32", _PIXELS)}, {"image": Spec("float32", _PIXELS)}),
    ENCODED: Signature(
        {"image_bytes": Spec("string", (None,))}, {"image_bytes": Spec("string", (None,))}
    ),
}
DESCRIPTION = Signature(
    {"query": Spec("int64", (None,))},
    {"max_pixels": Spec("int64", (None,)), "scale": Spec("int64", (None,))},
)


def parse_signatures(packed: bytes) -> dict[str, Signature]:
    """Return the endpoints in the bytes of a `SignatureDefMap`."""
    definitions = SignatureDefMap.FromString(packed).signature_def
    return {
        name: Signature(_specs(definition.inputs), _specs(definition.outputs))
        for name, definition in sorted(definitions.items())
        # Where SavedModels keep the names of their variables' initialiser, not an endpoint.
        if name != "__saved_model_init_op"
    }


def misfit(name: str, signatures: dict[str, Signature]) -> str | None:
    """Say how the endpoint `name` differs from the one that is needed; None where it fits."""
    required = REQUIRED[name]
    if name not in signatures:
        return f"there is no endpoint {name!r} among {sorted(signatures)}"
    offered = signatures[name]
    fits = set(offered.inputs) == set(required.inputs)
    fits &= all(_fits(offered.inputs.get(key), spec) for key, spec in required.inputs.items())
    fits &= all(_fits(offered.outputs.get(key), spec) for key, spec in required.outputs.items())
    return None if fits else f"endpoint {name!r} is {offered}, where {required} is needed"


def _fits(offered: Spec | None, required: Spec) -> bool:
    return offered is not None and (
        offered == required or (offered.shape is None and offered.dtype == required.dtype)
    )


def _specs(tensors: Any) -> dict[str, Spec]:
    return {
        name: Spec(DTYPE_NAMES.get(info.dtype, f"dtype {info.dtype}"), _shape(info.tensor_shape))
        for name, info in sorted(tensors.items())
    }


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if shape.unknown_rank:
        return None
    return tuple(None if dim.size < 0 else dim.size for dim in shape.dim)
