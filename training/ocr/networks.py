"""Load PP-OCRv6's networks, and make the parts of them that ship.

A recogniser is a body, which turns a line of text into features, and a head, which scores characters from them. The
head is the only part that depends on the alphabet, so the float body ships once and serves two heads.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, compose, helper, numpy_helper

from documents.ocr.model_files import ALPHABET_KEY

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
SOURCE_SHA256 = {
    DETECTOR: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    RECOGNISER: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
}
"""SHA-256 of the files in rapidocr 3.10.0's wheel, as its MODEL_LICENSES.md records them."""
LATIN = frozenset([*map(chr, range(0x21, 0x7F)), *map(chr, range(0xA1, 0x180)), *"€–—‘’“”„‚«»‹›…•™œŒßẞ°²³½¼¾×÷±µ"])
"""Characters that the Latin recogniser may read."""
FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"。": ".", "、": ",", "￥": "¥"}
"""Characters that the network confuses with their ASCII counterparts: they stay classes, and are written as those."""


class BuildError(Exception):
    """The models cannot be built; the message says why and what to do."""


class Network(NamedTuple):
    """A float recogniser and the character of each class.

    Class 0 is CTC's blank, with an empty string.
    """

    model: ModelProto
    alphabet: list[str]


def trained_detector() -> ModelProto:
    """Return the detector as it was trained.

    Raises:
        BuildError: if rapidocr is missing or holds other files than expected.
    """
    return _source(DETECTOR)


def trained_recogniser() -> Network:
    """Return the recogniser as it was trained, for all scripts.

    Raises:
        BuildError: if rapidocr is missing or holds other files than expected.
    """
    model = _source(RECOGNISER)
    (characters,) = (entry.value for entry in model.metadata_props if entry.key == "character")
    del model.metadata_props[:]
    return Network(model, ["", *characters.splitlines(), " "])


def latin_only(network: Network) -> Network:
    """Return the recogniser with the classes of other scripts removed.

    This saves operations and prevents stray characters of other scripts.
    """
    model = ModelProto.FromString(network.model.SerializeToString())
    kept = [i for i, c in enumerate(network.alphabet) if i == 0 or c == " " or c in LATIN or c in FULL_WIDTH]
    product, total = _head_start(model)
    bias = next(name for name in total.input if name != product.output[0])
    for tensor in model.graph.initializer:
        if tensor.name in (product.input[1], bias):
            values = numpy_helper.to_array(tensor)[..., kept]
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))
    del model.graph.value_info[:]
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(kept)
    return Network(model, [FULL_WIDTH.get(network.alphabet[i], network.alphabet[i]) for i in kept])


def split(model: ModelProto) -> tuple[ModelProto, ModelProto]:
    """Split a recogniser into its body, (1, 3, 48, width) to (1, steps, features), and its head.

    The head turns those features into probabilities of shape (1, steps, classes).
    """
    product, _ = _head_start(model)
    nodes = list(model.graph.node)
    cut = next(i for i, node in enumerate(nodes) if node.output[0] == product.output[0])
    matrix = next(tensor for tensor in model.graph.initializer if tensor.name == product.input[1])
    features = helper.make_tensor_value_info(product.input[0], TensorProto.FLOAT, [1, "steps", matrix.dims[0]])
    body = _part(model, nodes[:cut], list(model.graph.input), [features])
    return body, _part(model, nodes[cut:], [features], list(model.graph.output))


def joined(body: ModelProto, head: ModelProto) -> ModelProto:
    """Return the recogniser that `split` would take apart into these."""
    link = (body.graph.output[0].name, head.graph.input[0].name)
    head = compose.add_prefix(head, "head_")
    made: ModelProto = compose.merge_models(body, head, [(link[0], f"head_{link[1]}")])
    return made


def with_alphabet(model: ModelProto, alphabet: list[str]) -> ModelProto:
    """Return the model with its alphabet in the metadata.

    `documents.ocr.model_files` reads it there.
    """
    made: ModelProto = ModelProto.FromString(model.SerializeToString())
    helper.set_model_props(made, {ALPHABET_KEY: "\n".join(alphabet[1:])})
    return made


def _source(name: str) -> ModelProto:
    package = find_spec("rapidocr")  # its models are read; nothing of it is imported
    if package is None or not package.submodule_search_locations:
        raise BuildError("rapidocr is not installed. Run: pip install -c constraints.txt '.[training]'")
    data = (Path(package.submodule_search_locations[0]) / "models" / name).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SOURCE_SHA256[name]:
        raise BuildError(
            f"{name} is not the file this build was made for: expected SHA-256 {SOURCE_SHA256[name]}, got {found}."
            " Install rapidocr 3.10.0."
        )
    model: ModelProto = onnx.load_from_string(data)
    return model


def _head_start(model: ModelProto) -> tuple[NodeProto, NodeProto]:
    """Return the head's matrix product and the addition of its bias."""
    product = [node for node in model.graph.node if node.op_type == "MatMul"][-1]
    total = next(node for node in model.graph.node if node.op_type == "Add" and product.output[0] in node.input)
    return product, total


def _part(
    model: ModelProto, nodes: list[NodeProto], inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]
) -> ModelProto:
    used = {name for node in nodes for name in node.input}
    constants = [tensor for tensor in model.graph.initializer if tensor.name in used]
    inner = {name for node in nodes for name in node.output} - {output.name for output in outputs}
    shapes = [info for info in model.graph.value_info if info.name in inner]  # the runtime fuses by them
    graph = helper.make_graph(nodes, model.graph.name, inputs, outputs, constants, value_info=shapes)
    return helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)
