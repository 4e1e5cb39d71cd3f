"""Measure the cost of the OCR networks on this processor.

Measures operations, the processor's peak and other runtimes.

Run `python runtimes.py FOLDER` in the environment of the other engines; FOLDER holds the networks in float and 8 bits.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, shape_inference

PAGE = (1280, 896)
"""Height and width, in pixels, of the detector's largest picture of a portrait page."""
WIDTHS = (96, 160, 240, 320, 480, 720)
"""Widths of lines in pixels, from a few words to a full line."""
ROUNDS = 7
"""Runs of which the fastest, or the median, counts."""
SIDE = 2048
"""Rows and columns of the matrices whose product shows the processor's peak."""

Network = Callable[[np.ndarray], object]


def operations(path: Path, height: int, width: int) -> int:
    """Count multiplications and additions for one input of shape (1, 3, height, width)."""
    model = onnx.load(str(path))
    for dim, size in zip(model.graph.input[0].type.tensor_type.shape.dim, (1, 3, height, width), strict=True):
        dim.dim_value = size
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in graph.value_info}
    shapes |= {t.name: list(t.dims) for t in graph.initializer}
    constants = (n for n in graph.node if n.op_type == "Constant" and n.attribute[0].HasField("t"))
    shapes |= {n.output[0]: list(n.attribute[0].t.dims) for n in constants}
    total = 0
    for node in graph.node:
        weight = shapes.get(node.input[1]) if len(node.input) > 1 else None
        if node.op_type == "Conv" and weight:
            total += 2 * int(np.prod(shapes[node.output[0]])) * int(np.prod(weight[1:]))
        elif node.op_type == "ConvTranspose" and weight:
            total += 2 * int(np.prod(shapes[node.input[0]])) * int(np.prod(weight[1:]))
        elif node.op_type == "MatMul" and weight:
            total += 2 * int(np.prod(shapes[node.output[0]])) * weight[-2]
    return total


def peak() -> tuple[float, float]:
    """Return the operations per second that one thread reaches, in float and in 8 bits.

    They are measured in a large matrix product.
    """
    values = np.random.default_rng(0).random((SIDE, SIDE), np.float32)
    in_float = _product("MatMul", values, values, TensorProto.FLOAT)
    in_8_bits = _product(
        "MatMulInteger", (values * 255).astype(np.uint8), (values * 127).astype(np.int8), TensorProto.INT32
    )
    return 2 * SIDE**3 / in_float, 2 * SIDE**3 / in_8_bits


def _product(operator: str, values: np.ndarray, weights: np.ndarray, result: int) -> float:
    """Return the seconds of the fastest of several products."""
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "b"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(values.dtype), [SIDE, SIDE])],
        [helper.make_tensor_value_info("y", result, [SIDE, SIDE])],
        [numpy_helper.from_array(weights, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    run = _onnxruntime(model.SerializeToString())
    return min(_seconds(run, values) for _ in range(ROUNDS))


def _onnxruntime(model: str | bytes) -> Network:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda values: session.run(None, {"x": values})


def _openvino(path: str) -> Network:
    core = importlib.import_module("openvino").Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "bf16"}
    request = core.compile_model(core.read_model(path), "CPU", settings).create_infer_request()
    return lambda values: request.infer([values], share_inputs=True)


def _seconds(network: Network, values: np.ndarray) -> float:
    begin = time.perf_counter()
    network(values)
    return time.perf_counter() - begin


def main(folder: Path) -> dict[str, Any]:
    """Return the median seconds of each runtime.

    The runtimes are interleaved: one page for the detector, six lines to recognise.
    """
    runtimes: dict[str, dict[str, Network]] = {
        part: {
            "ONNX Runtime, 8 bits": _onnxruntime(str(folder / f"{part}-8bit.onnx")),
            "ONNX Runtime, float": _onnxruntime(str(folder / f"{part}-float.onnx")),
            "OpenVINO, bf16": _openvino(str(folder / f"{part}-float.onnx")),
        }
        for part in ("detector", "recogniser")
    }
    generator = np.random.default_rng(0)
    inputs = {
        "detector": [generator.random((1, 3, *PAGE), np.float32)],
        "recogniser": [generator.random((1, 3, 48, width), np.float32) for width in WIDTHS],
    }
    taken: dict[str, dict[str, list[float]]] = {part: {name: [] for name in names} for part, names in runtimes.items()}
    for _ in range(ROUNDS):
        for part, networks in runtimes.items():
            for name, network in networks.items():
                taken[part][name].append(sum(_seconds(network, values) for values in inputs[part]))
    in_float, in_8_bits = peak()
    return {
        "seconds": {
            part: {name: statistics.median(values[1:]) for name, values in names.items()}
            for part, names in taken.items()
        },
        "operations_a_pixel": operations(folder / "detector-float.onnx", *PAGE) / (PAGE[0] * PAGE[1]),
        "operations_a_column": operations(folder / "recogniser-float.onnx", 48, 480) / 480,
        "peak_float": in_float,
        "peak_8_bits": in_8_bits,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
