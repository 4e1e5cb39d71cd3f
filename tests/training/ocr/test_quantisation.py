from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from documents.ocr import model_files
from training.ocr.quantisation import OPSET, quantised


def network() -> onnx.ModelProto:
    """Make a convolution, GELU as five operations, a mean over the picture, and a product."""
    generator = np.random.default_rng(0)
    constants = {
        "w": generator.normal(0, 0.3, (8, 3, 3, 3)),
        "root": np.array(np.sqrt(2)),
        "one": np.array(1.0),
        "half": np.array(0.5),
        "m": generator.normal(0, 0.3, (8, 4)),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Div", ["c", "root"], ["d"]),
        helper.make_node("Erf", ["d"], ["e"]),
        helper.make_node("Add", ["e", "one"], ["a"]),
        helper.make_node("Mul", ["c", "a"], ["p"]),
        helper.make_node("Mul", ["p", "half"], ["g"]),
        helper.make_node("ReduceMean", ["g"], ["r"], axes=[2, 3], keepdims=1),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("MatMul", ["f", "m"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)


def test_quantised_chains_stay_in_8_bits_and_the_result_is_close() -> None:
    inputs = [np.random.default_rng(seed).normal(0, 1, (1, 3, 16, 16)).astype(np.float32) for seed in range(4)]
    made = quantised(network(), inputs, float_from="Flatten")
    kinds = [node.op_type for node in made.graph.node]
    assert kinds.count("Gelu") == 1
    assert "Erf" not in kinds
    assert "GlobalAveragePool" in kinds
    assert "ReduceMean" not in kinds
    weight = next(t for t in made.graph.initializer if t.name.startswith("w_quantized"))
    assert weight.data_type == TensorProto.INT8
    (exact,) = model_files.session(network().SerializeToString()).run(None, {"x": inputs[0]})
    (close,) = model_files.session(made.SerializeToString()).run(None, {"x": inputs[0]})
    assert close == pytest.approx(exact, abs=0.05 * float(np.abs(exact).max()))


def test_8_bit_products_do_not_overflow_on_processors_without_vnni() -> None:
    weight = np.full((1, 64, 1, 1), 127, np.int8)
    constants = {
        "w": weight,
        "one": np.float32(1),
        "zero": np.uint8(0),
        "none": np.int8(0),
        "large": np.float32(10_000),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "one", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "one", "zero"], ["a"]),
        helper.make_node("DequantizeLinear", ["w", "one", "none"], ["b"]),
        helper.make_node("Conv", ["a", "b"], ["c"]),
        helper.make_node("QuantizeLinear", ["c", "large", "zero"], ["r"]),
        helper.make_node("DequantizeLinear", ["r", "large", "zero"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 8, 8])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    (found,) = model_files.session(model.SerializeToString()).run(None, {"x": np.full((1, 64, 8, 8), 255, np.float32)})
    assert found == pytest.approx(64 * 255 * 127, abs=5_000)  # half a step of the result
