"""Turn a checkpoint into the one file that ships: an ONNX model with the vocabulary inside.

    python -m training.network.export OUT/checkpoint.pt [--to extractors/trained/network/weights.onnx]

Embeddings of word pieces are rounded to 8 bits, all other weights to 16; arithmetic stays in 32-bit floats. The export
is compared with torch before it is written, and the effect of the rounding is printed.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from training.network.architecture import FieldNetworkModule, minilm_folder
from training.network.train import encoded_page, read_vocabulary

INPUTS = ("word_pieces", "word_features", "word_boxes", "names", "abouts", "parents", "field_features")
SMALLEST = 4096
"""Tensors with fewer elements keep their 32-bit floats."""
MANY_ROWS = 10_000
"""Only the table of word pieces, more than half of the file, has this many rows."""
MAX_DIFFERENCE = 2e-3
"""Largest accepted difference of a logit between torch and the float export."""


class _OnePage(nn.Module):
    """The network for one page, without batch and mask."""

    def __init__(self, network: FieldNetworkModule) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        word_pieces: Tensor,
        word_features: Tensor,
        word_boxes: Tensor,
        names: Tensor,
        abouts: Tensor,
        parents: Tensor,
        field_features: Tensor,
    ) -> Tensor:
        mask = torch.ones(1, names.shape[0] + word_pieces.shape[0])
        inputs = (word_pieces, word_features, word_boxes, names, abouts, parents, field_features)
        scores: Tensor = self.network(*(tensor.unsqueeze(0) for tensor in inputs), mask)
        return scores[0]


def load(checkpoint: Path) -> FieldNetworkModule:
    """Return the network with the weights of a checkpoint, ready to be exported."""
    network = FieldNetworkModule()
    network.start_from_minilm(minilm_folder())
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"], strict=False)
    network.eval()
    return network


def _example(seed: int) -> tuple[Tensor, ...]:
    sample = encoded_page(random.Random(seed), read_vocabulary())
    fields = sample.fields
    arrays = (*sample.words, fields.names, fields.abouts, fields.parents, fields.features)
    pieces, features, boxes, names, abouts, parents, kinds = (torch.from_numpy(array) for array in arrays)
    return pieces, features, boxes, names, abouts, parents, kinds


def export(network: FieldNetworkModule, to: Path) -> None:
    """Export the network to `to`.

    Raises:
        RuntimeError: if a logit of the export differs from torch's by more than `MAX_DIFFERENCE`.
    """
    page = _OnePage(network).eval()
    words, fields = torch.export.Dim("words", min=2, max=512), torch.export.Dim("fields", min=2, max=256)
    dimensions = ({0: words}, {0: words}, {0: words}, {0: fields}, {0: fields}, {0: fields}, {0: fields})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float.onnx"
        torch.onnx.export(
            page,
            _example(3),
            str(path),
            input_names=list(INPUTS),
            output_names=["scores"],
            dynamic_shapes=dimensions,
            dynamo=True,
            external_data=False,
            opset_version=20,
        )
        model = onnx.load(str(path))
        exported = compare(page, path, range(4, 12))
        if exported.difference > MAX_DIFFERENCE:
            raise RuntimeError(
                f"the export differs from torch by {exported.difference:.4f}; expected at most {MAX_DIFFERENCE}"
            )
    small = without_traces(shrunk(model))
    helper.set_model_props(small, {"vocabulary": "\n".join(read_vocabulary().pieces)})
    onnx.checker.check_model(small)
    onnx.save(small, str(to))
    rounded = compare(page, to, range(4, 204))
    print(
        f"{to}: {to.stat().st_size / 1e6:.1f} MB; largest difference of a logit {exported.difference:.5f}, rounded"
        f" {rounded.difference:.3f}; of {rounded.fields} fields {rounded.changed} begin elsewhere by the rounding"
    )


class ExportCheck(NamedTuple):
    """Agreement of an ONNX file with torch on composed pages."""

    difference: float
    """Largest difference of a logit."""
    fields: int
    changed: int
    """Number of fields whose value begins at another word, or only in one of the two."""


def compare(page: nn.Module, path: Path, seeds: Iterable[int]) -> ExportCheck:
    """Run torch and the ONNX file on composed pages, one per seed."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    difference, fields, changed = 0.0, 0, 0
    for seed in seeds:
        example = _example(seed)
        found = session.run(None, {name: tensor.numpy() for name, tensor in zip(INPUTS, example, strict=True)})[0]
        with torch.no_grad():
            true = page(*example).numpy()
        difference = max(difference, float(np.abs(true - found).max()))
        decisions = [[_decision(begins) for begins in scores[..., 0]] for scores in (true, found)]
        fields += len(decisions[0])
        changed += sum(a != b for a, b in zip(*decisions, strict=True))
    return ExportCheck(difference, fields, changed)


def _decision(begins: np.ndarray) -> int:
    """Return the most probable word, or -1 if the value is most probably absent."""
    best = int(begins.argmax())
    return best if begins[best] > 0 else -1


def shrunk(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store word pieces as 8-bit integers with one scale each, and the rest as 16-bit floats.

    Pieces are widened after look-up.
    """
    graph = model.graph
    gathered = {node.input[0] for node in graph.node if node.op_type == "Gather"}
    initializers: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    rounded: set[str] = set()
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < SMALLEST:
            initializers.append(tensor)
        elif tensor.name in gathered and array.shape[0] >= MANY_ROWS and array.shape[1] > 1:
            scale = np.maximum(np.abs(array).max(axis=1, keepdims=True), 1e-8) / 127
            whole = np.clip(np.round(array / scale), -127, 127).astype(np.int8)
            initializers.append(numpy_helper.from_array(whole, tensor.name))
            initializers.append(numpy_helper.from_array(scale.astype(np.float32), f"{tensor.name}_scale"))
            rounded.add(tensor.name)
        else:
            initializers.append(numpy_helper.from_array(array.astype(np.float16), f"{tensor.name}_half"))
            nodes.append(helper.make_node("Cast", [f"{tensor.name}_half"], [tensor.name], to=TensorProto.FLOAT))
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in rounded:
            table, ids, out = node.input[0], node.input[1], node.output[0]
            nodes += [
                helper.make_node("Gather", [table, ids], [f"{out}_int8"], axis=0),
                helper.make_node("Cast", [f"{out}_int8"], [f"{out}_float"], to=TensorProto.FLOAT),
                helper.make_node("Gather", [f"{table}_scale", ids], [f"{out}_scale"], axis=0),
                helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out]),
            ]
        else:
            nodes.append(node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(initializers)
    graph.node.extend(nodes)
    del graph.value_info[:]
    return model


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drop the source locations that torch records, since they differ from machine to machine."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
        value.doc_string = ""
    del model.graph.metadata_props[:]
    return model


def main() -> None:
    """Export the checkpoint named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--to", type=Path, default=Path("extractors/trained/network/weights.onnx"))
    given = parser.parse_args()
    export(load(given.checkpoint), given.to)


if __name__ == "__main__":
    main()
