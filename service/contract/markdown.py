"""Write a document as Markdown: headings, paragraphs, lists, tables, tick boxes.

Tables follow GitHub's extension (https://github.github.com/gfm/#tables-extension-).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from documents.layout.blocks import BlockKind, PageBlock, blocks_of
from schemas.pages import Document, Line
from schemas.results import Region
from schemas.upright import UprightDocument, upright
from service.contract.mark_signs import SIGN_ID, with_signs
from service.contract.render import place_json

CELL_GAP = "\u2003"
"""A wide space between texts that are side by side but not in a table."""
LABELS_AND_VALUES = 2
"""Columns of a list of labels with their values."""
PAGE_BREAK = "\n\n---\n\n"
"""A thematic break between pages."""
_SPECIAL = re.compile(r"[\\`*<\[\]]|(?<!\w)_|_(?!\w)")
"""Characters that would change the text's form wherever they are; an underscore within a word would not."""
_AT_START = re.compile(r"^(\s*)([#>+=~-]|\d{1,9}(?=[.)]\s))")
"""Characters that would change the text's form at the beginning of a line."""
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-$")
_BULLETS = re.compile(r"^[•‣▪▫◦●○■□–—\-*·]\s+")
_NUMBERED = re.compile(r"^(\d{1,2}|[a-z])[.)]\s+")


class MarkdownBlock(NamedTuple):
    """One block and its Markdown."""

    block: PageBlock
    text: str
    page: int
    """The number of the upright page that the block is on."""


def markdown_pages(document: Document, with_blocks: bool = False) -> list[dict[str, Any]]:
    """Render each page as Markdown.

    Args:
        document: the document as sent.
        with_blocks: also add the blocks that a page consists of, each with its place.
    """
    turned = upright(document)
    signed = Document(tuple(map(with_signs, turned.document.pages)))
    of_page: dict[int, list[MarkdownBlock]] = defaultdict(list)
    for block in blocks_of(signed):
        number = signed.pages[block.page].number
        sent = turned.origins[number].number if turned.origins else number
        of_page[sent].append(MarkdownBlock(block, _written(block), number))
    pages = []
    for page in document.pages:
        blocks = of_page[page.number]
        rendered: dict[str, Any] = {"page": page.number, "markdown": markdown_of(blocks)}
        if with_blocks:
            rendered["blocks"] = [_block_json(block, turned, page.aspect) for block in blocks]
        pages.append(rendered)
    return pages


def _block_json(found: MarkdownBlock, turned: UprightDocument, aspect: float) -> dict[str, Any]:
    block = found.block
    cells = None
    if block.kind in (BlockKind.TABLE, BlockKind.ROW):
        cells = [[_cell_json(cell, found.page, turned, aspect) for cell in row] for row in block.rows]
    place = _place(block.lines, found.page, turned, aspect)
    return {"kind": block.kind.value, "markdown": found.text, **place, "cells": cells}


def _cell_json(lines: Sequence[Line], page: int, turned: UprightDocument, aspect: float) -> dict[str, Any]:
    place = _place(lines, page, turned, aspect) if lines else {"bbox": None, "vertices": []}
    return {"text": " ".join(line.text for line in lines), **place}


def _place(lines: Sequence[Line], page: int, turned: UprightDocument, aspect: float) -> dict[str, Any]:
    """Render the place of lines of an upright page on the page as sent."""
    quads = [symbol.quad for line in lines for word in line.words for symbol in word.symbols]
    return place_json([turned.region_as_sent(Region(page, quad)).quad for quad in quads], aspect)


def markdown_of(blocks: Sequence[MarkdownBlock]) -> str:
    """Join the blocks of one page; items of one list follow each other without a blank line."""
    text = ""
    for number, (block, written, _) in enumerate(blocks):
        same_list = number and block.kind is BlockKind.LIST_ITEM is blocks[number - 1].block.kind
        text += ("" if not number else "\n" if same_list else "\n\n") + written
    return text


def _written(block: PageBlock) -> str:
    if block.kind is BlockKind.TABLE:
        return _table(block)
    if block.kind is BlockKind.ROW:
        return CELL_GAP.join(_line(line) for line in block.lines)
    texts = [_line(line) for line in block.lines]
    if block.kind is BlockKind.HEADING:
        return f"{'#' * block.level} {' '.join(texts)}"
    if block.kind is BlockKind.LIST_ITEM:
        return _item(texts)
    texts = [_AT_START.sub(r"\1\\\2", text) for text in texts]
    text = texts[0]
    for wrapped, following in zip(block.wrapped, texts[1:], strict=True):
        text = _joined(text, following) if wrapped else f"{text}\\\n{following}"
    return text


def _joined(text: str, following: str) -> str:
    """Join two lines of a sentence, a hyphenated word in one piece."""
    if _HYPHENATED.search(text) and following[:1].islower():
        return text[:-1] + following
    return f"{text} {following}"


def _item(texts: list[str]) -> str:
    text = " ".join(texts)
    numbered = _NUMBERED.match(text)
    if numbered and numbered[1].isdigit():
        return f"{numbered[1]}. {text[numbered.end() :]}"
    return f"- {_BULLETS.sub('', text.removeprefix(chr(92)))}"


def _table(block: PageBlock) -> str:
    """Write a table.

    Its first row is the header if it names all of at least three columns without a digit. Two columns are mostly labels
    with their values; then the header is empty, as Markdown requires one.
    """
    rows = [[" ".join(_line(line) for line in cell).replace("|", r"\|") for cell in row] for row in block.rows]
    named = all(cell and not any(map(str.isdigit, cell)) for cell in rows[0])
    is_header = named and len(rows[0]) > LABELS_AND_VALUES
    header, body = (rows[0], rows[1:]) if is_header else ([""] * len(rows[0]), rows)
    lines = [header, ["---"] * len(header), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _line(line: Line) -> str:
    return " ".join(word.text if word.id == SIGN_ID else _SPECIAL.sub(r"\\\g<0>", word.text) for word in line.words)
