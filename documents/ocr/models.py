"""The OCR models: PP-OCRv6 as it lies in rapidocr's wheel, and what `documents.ocr.preparation` makes of it once.

Prepared files are named by a key of everything that went into them, so a new release of anything makes new ones.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import platform
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

_log = logging.getLogger(__name__)

RECIPE = 2
"""Counted up when what is made changes, so that older files are not used."""
_PACKAGE = find_spec("rapidocr")  # found, not imported
_WHEEL = Path(next(iter((_PACKAGE and _PACKAGE.submodule_search_locations) or ["rapidocr"]))) / "models"
DETECTOR, RECOGNISER = _WHEEL / "PP-OCRv6_det_small.onnx", _WHEEL / "PP-OCRv6_rec_small.onnx"
_LATIN = frozenset([*map(chr, range(0x21, 0x7F)), *map(chr, range(0xA1, 0x180)), *"€–—‘’“”„‚«»‹›…•™œŒßẞ°²³½¼¾×÷±µ"])
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"。": ".", "、": ",", "￥": "¥"}
"""Characters that the model takes for their ASCII counterparts: kept, and written as those."""


class Recogniser(NamedTuple):
    """A recognition model and its alphabet; class 0 is CTC's blank."""

    session: onnxruntime.InferenceSession
    alphabet: list[str]


class Models(NamedTuple):
    """What reading needs: the detector, (1, 3, height, width) to a probability for each pixel, and a recogniser."""

    detector: onnxruntime.InferenceSession
    latin: Recogniser


class Prepared(NamedTuple):
    """Where prepared models lie, and what was found out about them."""

    detector: Path
    latin: Path
    alphabet: Path
    verdict: Path
    """Whether the 8-bit pair is as good as the float pair; written last."""


def prepared_files(folder: Path) -> Prepared:
    """The names that prepared models have in a folder, whether they are there or not."""
    sources = hashlib.sha256(DETECTOR.read_bytes())
    sources.update(RECOGNISER.read_bytes())
    recipe = [RECIPE, sorted(_LATIN), sorted(_FULL_WIDTH), onnx.__version__, onnxruntime.__version__]
    sources.update(json.dumps(recipe).encode())
    key = sources.hexdigest()[:16]
    return Prepared(*(folder / f"{name}-{key}.{kind}" for name, kind in _FILES))


_FILES = (("detector", "onnx"), ("latin", "onnx"), ("alphabet", "json"), ("verdict", "json"))


def load(folder: Path) -> Models:
    """The models to read with: the prepared 8-bit pair, or the float pair where that one is not there or not good."""
    files = prepared_files(folder)
    if not has_8_bit_products():
        _log.warning("this processor has no 8-bit products (VNNI): the float models serve, which are slower")
    elif not all(path.is_file() for path in files):
        _log.warning("no models are prepared in %s: the float models serve, which are slower", folder)
    else:
        verdict: dict[str, Any] = json.loads(files.verdict.read_text(encoding="utf-8"))
        if verdict["accepted"]:
            alphabet = json.loads(files.alphabet.read_text(encoding="utf-8"))
            return Models(session(str(files.detector)), Recogniser(session(str(files.latin)), alphabet))
        _log.warning("the prepared models were not accepted (%s): the float models serve, which are slower", verdict)
    return float_models()


def float_models() -> Models:
    """Detector and Latin recogniser as they were trained."""
    pruned, alphabet = latin_recogniser()
    return Models(session(str(DETECTOR)), Recogniser(session(pruned.SerializeToString()), alphabet))


def multilingual_recogniser() -> Recogniser:
    """Reads all scripts that the model knows."""
    whole = session(str(RECOGNISER))
    return Recogniser(whole, _alphabet(whole.get_modelmeta().custom_metadata_map["character"]))


def has_8_bit_products() -> bool:
    """Whether this processor multiplies 8-bit numbers without overflow (VNNI, or any 64-bit ARM).

    Others add pairs of products in 16 bits, which saturates, and gain little speed.
    """
    if platform.machine().lower() in ("arm64", "aarch64"):
        return True
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_vnni" in flags or "avx_vnni" in flags


def latin_recogniser() -> tuple[onnx.ModelProto, list[str]]:
    """The recogniser with a head for Latin script only, and its alphabet.

    Only those columns of the last matrix are kept that stand for wanted characters: fewer operations, and no stray
    characters of other scripts.
    """
    model = onnx.load(str(RECOGNISER))
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


def session(model: str | bytes) -> onnxruntime.InferenceSession:
    """One thread each: pages are read side by side, which is faster than threads within one page."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # every line has another width: remembered patterns only pile up
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _alphabet(characters: str) -> list[str]:
    return ["", *characters.splitlines(), " "]


def _tensor(graph: onnx.GraphProto, name: str) -> onnx.TensorProto:
    """A constant of the graph, wherever it is kept."""
    constants = (n.attribute[0].t for n in graph.node if n.op_type == "Constant" and n.output[0] == name)
    found: onnx.TensorProto = next(itertools.chain((t for t in graph.initializer if t.name == name), constants))
    return found
