"""Composed documents: what is said to be the truth is printed, whole, and in the reader's order."""

from __future__ import annotations

import random
import re
import subprocess
import sys

import pytest

from training.ranker.truths import document_of
from training.synthetic import FAMILIES, HELD_OUT, compose, requested_fields
from training.synthetic.families import Family
from training.synthetic.noise import read_badly
from training.synthetic.printed_values import Style
from training.synthetic.sheet import Sheet, cropped, finish
from training.synthetic.words import COLUMNS, HEADER, LANGUAGES


@pytest.mark.parametrize("kind", sorted({family.kind for family in FAMILIES}))
def test_every_kind_has_truth_that_is_printed(kind: str) -> None:
    rng = random.Random(kind)
    families = [family for family in FAMILIES if family.kind == kind]
    for _ in range(25):
        composed = compose(rng, family=rng.choice(families), noise=False)
        page = composed.page
        assert len(page.texts) == len(page.boxes) == len(page.starts)
        assert page.starts[0]
        for key, occurrences in page.spans.items():
            for span in occurrences:
                assert span, key
                assert len(set(span)) == len(span), key
                assert max(span) < len(page.texts), key
        for key in set(page.spans) & {"invoice_number", "date", "due_date", "supplier_name"}:
            written = composed.values[str(key)].casefold().strip(",:")
            printed = " ".join(page.texts[i].casefold() for i in page.spans[key][0]).strip(",:")
            assert printed == " ".join(written.split()), key


def test_the_same_seed_makes_the_same_page() -> None:
    assert compose(random.Random(7)) == compose(random.Random(7))


def test_every_process_makes_the_same_pages() -> None:
    """Sets have another order in each process; no page may depend on it."""
    program = (
        "import random\n"
        "from training.synthetic import requested_fields, compose\n"
        "rng = random.Random(3)\n"
        "print([(page.page, requested_fields(rng, page)) for page in (compose(rng) for _ in range(40))])"
    )
    pages = [
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert pages[0] == pages[1]
    assert "ComposedPage" in pages[0]


def test_families_are_many_and_some_are_never_trained_on() -> None:
    rng = random.Random(1)
    assert len(FAMILIES) >= 200
    assert 0.05 < len(HELD_OUT) / len(FAMILIES) < 0.2
    assert all(compose(rng).family not in HELD_OUT for _ in range(60))
    assert all(compose(rng, held_out=True).family in HELD_OUT for _ in range(60))


def test_labels_exist_in_every_language() -> None:
    for concept in [*HEADER.values(), *COLUMNS.values()]:
        if concept.labels:
            assert set(concept.labels) == set(LANGUAGES), concept.key
        assert concept.names
        assert concept.about


def test_words_are_in_the_readers_order() -> None:
    sheet = Sheet(random.Random(1), 600, 800)
    sheet.put("right", 400, 100, 10)
    sheet.put("below", 50, 130, 10)
    sheet.put("left side", 50, 101, 10, "a")
    page = finish(sheet)
    assert page.texts == ("left", "side", "right", "below")
    assert page.starts == (True, False, True, True)
    assert page.spans == {"a": [[0, 1]]}


def test_a_lost_space_keeps_the_truth() -> None:
    page = compose(random.Random(3), family=Family("receipt", "centred", "inline"), noise=False).page
    noisy = min((read_badly(random.Random(seed), page) for seed in range(20)), key=lambda p: len(p.texts))
    assert len(noisy.texts) < len(page.texts)
    assert noisy.spans.keys() == page.spans.keys()
    for key, occurrences in noisy.spans.items():
        for span in occurrences:
            assert max(span) < len(noisy.texts), key


def test_what_is_cut_is_no_longer_there() -> None:
    page = compose(random.Random(4), family=Family("invoice", "letter", "columns"), noise=False).page
    for seed in range(30):
        part = cropped(random.Random(seed), page)
        assert 0 < len(part.texts) <= len(page.texts)
        for key, occurrences in part.spans.items():
            texts = [[part.texts[i] for i in span] for span in occurrences]
            assert all(text in [[page.texts[i] for i in span] for span in page.spans[key]] for text in texts), key
        assert all(0 <= box[1] <= box[3] <= 1 for box in part.boxes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_with_the_documents_marks(language: str) -> None:
    for seed in range(30):
        style = Style(random.Random(seed), language)
        text = style.number(1234.5, 2)
        assert re.fullmatch(r"1[.,' ]?234[.,]50", text)
        assert style.decimal in text


def test_schemas_ask_for_present_and_absent_fields() -> None:
    rng = random.Random(5)
    present = absent = cells = nested = 0
    for _ in range(300):
        document = compose(rng)
        requested = requested_fields(rng, document)
        for item in requested:
            if item.parent >= 0:
                assert requested[item.parent].type == "array"
                cells += bool(item.spans)
                nested += item.type == "array"
            elif item.spans:
                present += 1
            else:
                absent += 1
    assert 0.15 < absent / (present + absent) < 0.4
    assert cells > 300
    assert nested > 3


def test_a_composed_page_is_a_document_with_the_same_words() -> None:
    page = compose(random.Random(2)).page
    document = document_of(page)
    assert [w.verbatim for w in document.words] == list(page.texts)
    assert [w.id for w in document.words] == list(range(len(page.texts)))
    assert sum(len(line.words) > 0 for line in document.pages[0].lines) == sum(page.starts)
