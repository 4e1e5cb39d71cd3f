"""Words and fields as the network reads them."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.trained.network.encoding import (
    NAME_PIECES,
    WORD_PIECES,
    FieldPrompt,
    WordPieces,
    encode_fields,
    encode_words,
    word_features,
)
from extractors.trained.network.field_network import FieldNetwork, PageArrays, windows, words_of
from tests.fakes import document

PIECES = (
    "[PAD]",
    "[UNK]",
    "inv",
    "##oice",
    "rec",
    "##hn",
    "##ung",
    "number",
    "due",
    "date",
    "1",
    "##2",
    ",",
    "50",
    "gros",
    "##se",
)


@pytest.fixture(scope="module")
def vocabulary() -> WordPieces:
    return WordPieces(PIECES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Invoice", ("inv", "##oice"), id="longest-match-first"),
        pytest.param("Rechnung", ("rec", "##hn", "##ung"), id="lower-case"),
        pytest.param("dueDate", ("due", "date"), id="camel-case"),
        pytest.param("due_date", ("due", "date"), id="snake-case"),
        pytest.param("12,50", ("1", "##2", ",", "50"), id="cut-at-punctuation"),
        pytest.param("Größe", ("gros", "##se"), id="accents-and-sharp-s"),
        pytest.param("漢", ("[UNK]",), id="unknown"),
        pytest.param("", ("[UNK]",), id="never-empty"),
    ],
)
def test_word_pieces(vocabulary: WordPieces, text: str, expected: tuple[str, ...]) -> None:
    assert tuple(PIECES[i] for i in vocabulary.of(text, 12)) == expected


def test_only_the_first_pieces_count(vocabulary: WordPieces) -> None:
    assert len(vocabulary.of("12,12,12,12,12", WORD_PIECES)) == WORD_PIECES


def test_columns_know_their_array(vocabulary: WordPieces) -> None:
    fields = encode_fields(
        [FieldPrompt("invoice", "array"), FieldPrompt("number", "string", "due date", 0)], vocabulary
    )
    assert fields.names.shape == (2, NAME_PIECES)
    assert fields.parents[1].tolist() == fields.names[0].tolist()
    assert not fields.parents[0].any()
    assert not fields.abouts[0].any()
    assert fields.features[:, -1].tolist() == [0.0, 1.0]


def _page(*texts: str) -> PageArrays:
    boxes = [(0.1 * i, 0.1, 0.1 * i + 0.05, 0.12) for i in range(len(texts))]
    return PageArrays(texts, boxes, [True] * len(texts))


@pytest.mark.parametrize(
    ("texts", "sums", "parts"),
    [
        pytest.param(("100,00", "19,00", "119,00"), {2}, {0, 1}, id="two-make-the-third"),
        pytest.param(("100,00", "18,00", "119,00"), set(), set(), id="they-do-not"),
        pytest.param(("50.00", "50.00", "100.00"), set(), set(), id="one-amount-twice-proves-nothing"),
        pytest.param(("1.234,00", "766,00", "2.000,00"), {2}, {0, 1}, id="thousands"),
    ],
)
def test_amounts_that_add_up(texts: tuple[str, ...], sums: set[int], parts: set[int]) -> None:
    features = word_features(_page(*texts))
    assert set(np.flatnonzero(features[:, 37])) == sums
    assert set(np.flatnonzero(features[:, 38])) == parts


def test_boxes_are_on_the_grid(vocabulary: WordPieces) -> None:
    words = encode_words(_page("Invoice", "12"), vocabulary)
    assert words.boxes.tolist() == [[0, 100, 50, 120], [100, 100, 150, 120]]


@pytest.mark.parametrize("length", [1, 479, 480, 481, 900, 2500])
def test_every_word_counts_in_exactly_one_window(length: int) -> None:
    kept = [i for _, inner in windows(length) for i in range(inner.start, inner.stop)]
    assert kept == list(range(length))
    assert all(w.start <= k.start and k.stop <= w.stop and w.stop - w.start <= 480 for w, k in windows(length))


def test_lines_begin_with_a_start() -> None:
    page = document("Invoice no    4711\nDate 1.2.2020").pages[0]
    assert words_of(page).starts == [True, False, True, True, False]


def test_scores_have_a_row_for_each_field_and_a_column_for_each_word() -> None:
    page = document("Invoice number 4711    Date 1.2.2020", "Total 12,00")
    fields = [FieldPrompt("invoice_number", "string"), *(FieldPrompt(f"field_{i}", "date") for i in range(70))]
    fields += [FieldPrompt("items", "array"), FieldPrompt("description", "string", "", 71)]
    scores = FieldNetwork().scores(page, fields)
    assert scores.begins.shape == scores.belongs.shape == (73, len(page.words))
    assert np.isfinite(scores.begins).all()
    alone = FieldNetwork().scores(page, fields[:64])
    assert np.allclose(alone.begins, scores.begins[:64], atol=1e-4)
