"""Convert float ONNX models to 8 bits.

Quantisation is static: 8-bit activations, 8-bit weights with a scale per channel.

First the graph is rewritten so that whole chains stay in 8 bits: in PP-OCR's networks the conversions to float and
back, and GELU written as five operations, cost as much as the arithmetic.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

OPSET = 17
"""The models come with opset 11, which has no scales per channel."""
_TYPES = ("Conv", "Add", "Mul", "Relu", "GlobalAveragePool", "AveragePool", "MaxPool", "Concat", "Resize")
_GELU = ("Div", "Erf", "Add", "Mul", "Mul")
"""Operations of x * (erf(x / sqrt 2) + 1) * 0.5, in order."""


class _Inputs(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, name: str, inputs: Iterable[np.ndarray]) -> None:
        self._feeds = iter([{name: values} for values in inputs])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._feeds, None)


def quantised(model: onnx.ModelProto, inputs: Sequence[np.ndarray], float_from: str | None = None) -> onnx.ModelProto:
    """Return the model in 8 bits.

    Args:
        model: a convolutional network with one input.
        inputs: typical inputs; their activations give the ranges.
        float_from: operation type; the first node of it, and all that follow, stay in float.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw, ready, made = (str(Path(folder) / name) for name in ("raw.onnx", "ready.onnx", "made.onnx"))
        onnx.save(version_converter.convert_version(model, OPSET), raw)
        quant_pre_process(raw, ready, skip_symbolic_shape=True)
        prepared = onnx.load(ready)
        _rewrite(prepared)
        onnx.save(prepared, ready)
        quantize_static(
            ready,
            made,
            _Inputs(prepared.graph.input[0].name, inputs),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=list(_TYPES),
            nodes_to_exclude=_names_from_first(prepared.graph, float_from),
            extra_options={"CalibMovingAverage": True},  # one outlier does not widen a range
        )
        return onnx.load(made)


def _rewrite(model: onnx.ModelProto) -> None:
    """Write GELU as one operation and means over the picture as pooling; give every node a name."""
    users: dict[str, list[NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    nodes: list[NodeProto] = []
    replaced: set[str] = set()
    for node in model.graph.node:
        chain = _gelu(node, users)
        if chain:
            replaced.update(part.output[0] for part in chain)
            nodes.append(helper.make_node("Gelu", [node.input[0]], [chain[-1].output[0]], domain="com.microsoft"))
        elif node.output[0] in replaced:
            continue
        elif node.op_type == "ReduceMean" and list(_attribute(node, "axes")) == [2, 3]:
            nodes.append(helper.make_node("GlobalAveragePool", list(node.input), list(node.output)))
        else:
            nodes.append(NodeProto.FromString(node.SerializeToString()))
    for number, node in enumerate(nodes):
        node.name = f"{node.op_type}_{number}"
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _gelu(node: NodeProto, users: dict[str, list[NodeProto]]) -> list[NodeProto] | None:
    """Return the five nodes of the GELU that begins with this node, or None if none does."""
    chain = [node]
    for expected in _GELU:
        if chain[-1].op_type != expected:
            return None
        if len(chain) < len(_GELU):
            following = users.get(chain[-1].output[0], [])
            if len(following) != 1:
                return None
            chain.append(following[0])
    return chain if node.input[0] in chain[3].input else None


def _names_from_first(graph: Any, op_type: str | None) -> list[str]:
    """Return the names of the first node of a type and of all nodes after it."""
    names = [node.name for node in graph.node]
    first = next((i for i, node in enumerate(graph.node) if node.op_type == op_type), len(names))
    return names[first:]


def _attribute(node: NodeProto, name: str) -> Any:
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), ())
