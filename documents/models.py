"""The OCR models: PP-OCRv6 as it lies in rapidocr's wheel, and a recogniser pruned to one script.

Pruning keeps the columns of the last matrix that stand for wanted characters: fewer operations, and no stray characters
of other scripts. The pruned file is made once and cached under a key of everything that went into it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

RECIPE = 1
"""Counted up when what is made here changes, so that older files are not used."""
_PACKAGE = find_spec("rapidocr")  # found, not imported
_WHEEL = Path(next(iter((_PACKAGE and _PACKAGE.submodule_search_locations) or ["rapidocr"]))) / "models"
_DETECTOR, _RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_LATIN = frozenset([*map(chr, range(0x21, 0x7F)), *map(chr, range(0xA1, 0x180)), *"€–—‘’“”„‚«»‹›…•™œŒßẞ°²³½¼¾×÷±µ"])
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"。": ".", "、": ",", "￥": "¥"}
"""Characters that the model takes for their ASCII counterparts: kept, and written as those."""


class Recogniser(NamedTuple):
    """A recognition model and its alphabet; class 0 is CTC's blank."""

    session: onnxruntime.InferenceSession
    alphabet: list[str]


def detector() -> onnxruntime.InferenceSession:
    """Finds text: (1, 3, height, width) to a probability for each pixel."""
    return _session(str(_WHEEL / _DETECTOR))


def multilingual_recogniser() -> Recogniser:
    """Reads all scripts that the model knows."""
    session = _session(str(_WHEEL / _RECOGNISER))
    return Recogniser(session, _alphabet(session.get_modelmeta().custom_metadata_map["character"]))


def latin_recogniser(cache: Path) -> Recogniser:
    """Reads Latin script; made in `cache` if it is not there."""
    prepare(cache)
    model, alphabet = _latin_files(cache)
    return Recogniser(_session(str(model)), json.loads(alphabet.read_text(encoding="utf-8")))


def prepare(cache: Path) -> bool:
    """Make the pruned recogniser in `cache`; False when it is there already. Takes about two seconds."""
    model, alphabet = _latin_files(cache)
    if model.is_file() and alphabet.is_file():
        return False
    cache.mkdir(parents=True, exist_ok=True)
    pruned, characters = _pruned(_WHEEL / _RECOGNISER)
    _write(alphabet, lambda path: path.write_text(json.dumps(characters), encoding="utf-8"))
    _write(model, lambda path: onnx.save(pruned, str(path)))
    return True


def _latin_files(cache: Path) -> tuple[Path, Path]:
    """Model and alphabet, named by a key of everything that goes into them."""
    source = (_WHEEL / _RECOGNISER).read_bytes()
    recipe = json.dumps([RECIPE, sorted(_LATIN), sorted(_FULL_WIDTH), onnx.__version__])
    key = hashlib.sha256(source + recipe.encode()).hexdigest()[:16]
    return cache / f"latin-{key}.onnx", cache / f"latin-{key}.json"


def _alphabet(characters: str) -> list[str]:
    return ["", *characters.splitlines(), " "]


def _pruned(source: Path) -> tuple[onnx.ModelProto, list[str]]:
    """The model with a head for Latin script only, and its alphabet."""
    model = onnx.load(str(source))
    whole = _alphabet(next(p.value for p in model.metadata_props if p.key == "character"))
    kept = [i for i, c in enumerate(whole) if i == 0 or c == " " or c in _LATIN or c in _FULL_WIDTH]
    product = [node for node in model.graph.node if node.op_type == "MatMul"][-1]
    total = next(node for node in model.graph.node if node.op_type == "Add" and product.output[0] in node.input)
    bias = next(name for name in total.input if name != product.output[0])
    for name in (product.input[1], bias):
        tensor = _tensor(model.graph, name)
        values = numpy_helper.to_array(tensor)[..., kept]
        tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))
    del model.graph.value_info[:]
    del model.metadata_props[:]
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(kept)
    return model, [_FULL_WIDTH.get(whole[i], whole[i]) for i in kept]


def _tensor(graph: onnx.GraphProto, name: str) -> onnx.TensorProto:
    """A constant of the graph, wherever it is kept."""
    constants = (n.attribute[0].t for n in graph.node if n.op_type == "Constant" and n.output[0] == name)
    found: onnx.TensorProto = next(itertools.chain((t for t in graph.initializer if t.name == name), constants))
    return found


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """All of the file or nothing: several processes may start at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
    os.close(handle)
    write(Path(name))
    os.replace(name, path)


def _session(path: str) -> onnxruntime.InferenceSession:
    """One thread each: pages are read side by side, which is faster than threads within one page."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # every line has another width: remembered patterns only pile up
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
