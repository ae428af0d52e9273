"""The check that a SavedModel holds nothing that a stock TF Serving cannot run."""

from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2
from tensorflow.core.protobuf import saved_model_pb2

from keras_dgggan.errors import DggganError

# They call back into the Python process that made them, or need a compiler in the server.
REFUSED_OPS = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "XlaCallModule", "XlaLaunch"})
REFUSED_ATTRIBUTE = "_XlaMustCompile"


def check_graph(folder: Path) -> None:
    """Raise where the SavedModel in `folder` could not run on a stock TF Serving.

    TF Serving's CPU build leaves XLA off, has no Python and no operations but TensorFlow's own:
    such a graph loads on the exporting machine and fails in production.

    Raises:
        DggganError: The graph holds Python calls, XLA calls or custom operations; the message
            names each with its function and node.
    """
    model = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    problems = sorted({p for graph in model.meta_graphs for p in _problems(graph.graph_def)})
    if problems:
        raise DggganError(
            f"{folder}: the graph would not run on TF Serving: " + "; ".join(problems)
        )


def _problems(graph: graph_pb2.GraphDef) -> Iterator[str]:
    for function in graph.library.function:
        if _is_set(function, REFUSED_ATTRIBUTE):
            yield f"function {function.signature.name!r} has the attribute {REFUSED_ATTRIBUTE}"
    defined = {function.signature.name for function in graph.library.function}
    for place, node in _nodes(graph):
        if _is_set(node, REFUSED_ATTRIBUTE):
            yield f"node {node.name!r} in {place} has the attribute {REFUSED_ATTRIBUTE}"
        if node.op in REFUSED_OPS:
            yield f"node {node.name!r} in {place} is a {node.op}"
        # raw_ops lists what TensorFlow itself brings; loaded libraries do not add to it.
        elif node.op not in defined and not hasattr(tf.raw_ops, node.op):
            yield f"node {node.name!r} in {place} is a custom operation, {node.op}"


def _nodes(graph: graph_pb2.GraphDef) -> Iterator[tuple[str, node_def_pb2.NodeDef]]:
    for node in graph.node:
        yield "the main graph", node
    for function in graph.library.function:
        for node in function.node_def:
            yield f"function {function.signature.name!r}", node


def _is_set(holder: object, name: str) -> bool:
    attributes = holder.attr  # type: ignore[attr-defined]
    return name in attributes and attributes[name].b
