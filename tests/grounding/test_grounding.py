"""Named cases, each with the place it must be found at; former mistakes stay here as rows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding import ground
from grounding.agreement import match_ratio
from schemas.fields import FieldType
from schemas.frames import grid_box
from schemas.normalise.characters import squash
from schemas.pages import Document
from schemas.results import CERTAIN_RATIO, Cell, Proposal, Status
from tests.fakes import document, word_ids

S, N, M, D, I, B, E = (
    FieldType.STRING,
    FieldType.NUMBER,
    FieldType.MONEY,
    FieldType.DATE,
    FieldType.INTEGER,
    FieldType.BOOLEAN,
    FieldType.ENUM,
)


def cell(page: Document, kind: FieldType, text: str, hint: str = "", values: tuple[str, ...] = ()) -> Cell:
    hinted = word_ids(page, hint) if hint else ()
    (answer,) = ground(page, [Proposal(("f",), kind, text, hinted, 0.9, values)], explain=True)
    return answer


@pytest.mark.parametrize(
    ("kind", "value", "page", "raw", "typed"),
    [
        pytest.param(S, "INV-7042", "No INV-7042 due", "INV-7042", "INV-7042", id="exact"),
        pytest.param(S, "acme gmbh", "To ACME  GmbH", "ACME GmbH", "acme gmbh", id="case-and-cells"),
        pytest.param(M, "1234.5", "Sum 1.234,50 €", "1.234,50", Decimal("1234.5"), id="german-amount"),
        pytest.param(M, "1234.50", "Sum 1 234,50", "1 234,50", Decimal("1234.50"), id="french-amount"),
        pytest.param(M, "-12.00", "Credit 12.00-", "12.00-", Decimal("-12.00"), id="trailing-minus"),
        pytest.param(M, "1204.50", "Sum 1,2O4.50", "1,2O4.50", Decimal("1204.50"), id="look-alike-digit"),
        pytest.param(N, "3.000", "Qty 3 units at 1,00 or 2.00", "3", Decimal(3), id="quantity-of-other-decimals"),
        pytest.param(I, "7", "Page 7 of 70", "7", 7, id="integer"),
        pytest.param(D, "2018-09-25", "Date Sep 25, 2018", "Sep 25, 2018", "2018-09-25", id="date-in-words"),
        pytest.param(D, "25.9.18", "Datum 25. September 2018", "25. September 2018", "2018-09-25", id="date-forms"),
        pytest.param(B, "yes", "Paid: ja", "ja", True, id="boolean"),
        pytest.param(S, "DE89370400440532013000", "IBAN DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00",
                     "DE89370400440532013000", id="iban-with-spaces"),
    ],
)  # fmt: skip
def test_found(kind: FieldType, value: str, page: str, raw: str, typed: object) -> None:
    found = cell(document(page), kind, value)
    assert found.status is Status.GROUNDED
    assert found.raw_text == raw
    assert found.value == typed


@pytest.mark.parametrize(
    ("kind", "value", "page", "start"),
    [
        pytest.param(M, "12.00", "112.00  net 12.00", 12, id="not-inside-a-longer-number"),
        pytest.param(N, "14", "14.00  8814-22  14/05  Qty 14", 27, id="a-quantity-among-its-look-alikes"),
        pytest.param(S, "Ann", "Annual report by Ann", 17, id="not-inside-a-word"),
        pytest.param(S, "100", "100.00  ref 100", 12, id="not-a-part-of-an-amount"),
    ],
)
def test_the_right_occurrence(kind: FieldType, value: str, page: str, start: int) -> None:
    found = cell(document(page), kind, value)
    assert found.place is not None
    assert found.place.quad.box.left == pytest.approx(start * 0.01)


def test_the_hint_chooses_between_equals() -> None:
    page = document("Subtotal   50.00\nTotal      50.00")
    first, second = ground(page, [Proposal(("a",), M, "50.00", (1,)), Proposal(("b",), M, "50.00", (3,))], explain=True)
    assert first.place is not None
    assert second.place is not None
    assert first.place.quad.box.top < second.place.quad.box.top
    assert [p.quad.box.top for p in second.alternatives] == [first.place.quad.box.top]


def test_a_wrong_hint_is_survived() -> None:
    page = document("Number 4711\nCustomer 0815")
    assert cell(page, S, "4711", hint="Customer 0815").raw_text == "4711"


def test_a_block_beside_another_column_is_found_by_its_words() -> None:
    page = document("Gartenweg 7      Invoice 12\n20457 Hamburg    30.04.2025")
    ids = word_ids(page, "Gartenweg 7") + word_ids(page, "20457 Hamburg")
    (found,) = ground(page, [Proposal(("a",), S, "Gartenweg 7 20457 Hamburg", ids)])
    assert found.status is Status.GROUNDED
    assert found.place is not None
    assert grid_box(found.place.quad.box) == (0, 20, 130, 52)


@pytest.mark.parametrize(
    ("kind", "value", "page"),
    [
        pytest.param(S, "Globex Corporation", "To ACME GmbH in Berlin", id="text"),
        pytest.param(M, "99.99", "Sum 1.234,50 and 99.98", id="amount-one-digit-off"),
        pytest.param(D, "2018-09-26", "Date Sep 25, 2018", id="date-a-day-off"),
        pytest.param(M, "no amount", "Sum 1.00", id="not-a-number-at-all"),
        pytest.param(D, "soon", "25.09.2018", id="not-a-date-at-all"),
        pytest.param(I, "2.5", "2.5", id="an-integer-with-a-fraction"),
    ],
)
def test_absent_means_no_value_and_no_box(kind: FieldType, value: str, page: str) -> None:
    found = cell(document(page), kind, value)
    assert found.status is Status.NOT_FOUND
    assert found.value is None
    assert found.place is None
    assert found.match_ratio == 0.0


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("ref 4000001123453 end", id="digit-replaced"),
        pytest.param("ref 400000112345 end", id="digit-lost"),
        pytest.param("ref 40000011234552 end", id="digit-added"),
    ],
)
def test_an_identifier_with_another_digit_is_uncertain(page: str) -> None:
    found = cell(document(page), S, "4000001123452")
    assert found.status is Status.UNCERTAIN
    assert found.match_ratio >= CERTAIN_RATIO


def test_an_amount_with_many_look_alike_digits_is_uncertain() -> None:
    found = cell(document("Sum 1O.5O"), M, "10.50")
    assert (found.value, found.raw_text, found.match_ratio) == (Decimal("10.50"), "1O.5O", 0.6)
    assert found.status is Status.UNCERTAIN


def test_letters_read_for_digits_are_forgiven() -> None:
    found = cell(document("No INV-7O42 due"), S, "INV-7042")
    assert found.raw_text == "INV-7O42"
    assert found.status is Status.GROUNDED
    assert found.match_ratio == 0.875


def test_enum_values_are_given_as_permitted() -> None:
    found = cell(document("Tax Invoice"), E, "invoice", values=("INVOICE", "CREDIT NOTE"))
    assert found.value == "INVOICE"
    assert cell(document("Tax Invoice"), E, "Quote", values=("INVOICE",)).status is Status.NOT_FOUND


def test_page_numbers_are_those_of_the_document() -> None:
    page = document("first page", "total 5.00")
    found = cell(page, M, "5.00")
    assert found.place is not None
    assert found.place.page == 2


words = st.lists(
    st.text(alphabet="abcdeo01l5S ", min_size=1, max_size=8).map(str.strip).filter(bool), min_size=1, max_size=8
)


@given(words, st.data())
@settings(max_examples=60)
def test_what_is_printed_is_found_where_it_is_printed(printed: list[str], data: st.DataObject) -> None:
    """The slow judge: every place whose text equals the value; the engine must name one of them."""
    page = document(" ".join(" ".join(printed).split()))
    start = data.draw(st.integers(0, len(page.words) - 1))
    end = data.draw(st.integers(start + 1, len(page.words)))
    value = " ".join(w.text for w in page.words[start:end])
    found = cell(page, S, value)
    assert found.status is Status.GROUNDED
    assert found.match_ratio == 1.0
    assert found.raw_text is not None
    assert squash(found.raw_text) == squash(value)


def plain_distance(a: str, b: str) -> int:
    """The textbook recurrence: insertions, deletions, substitutions."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(previous + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[-1]


@given(st.text("ab1", max_size=12), st.text("ab1", max_size=12))
def test_match_ratio_is_the_published_formula(a: str, b: str) -> None:
    longest = max(len(a), len(b))
    assert match_ratio(a, b) == pytest.approx(1 - plain_distance(a, b) / longest if longest else 1.0)


def test_a_hint_never_outweighs_a_different_text() -> None:
    found = cell(document("Ref INV-7052\nNo INV-7042"), S, "INV-7042", hint="INV-7052")
    assert (found.raw_text, found.status) == ("INV-7042", Status.GROUNDED)


def test_a_word_is_not_put_together_from_two_cells_or_pages() -> None:
    assert cell(document("abc invoice to", "tal 12"), S, "total").status is Status.NOT_FOUND
    assert cell(document("to      tal"), S, "total").status is Status.NOT_FOUND
    assert cell(document("Main Street 5\n12345 Town"), S, "Main Street 5 12345 Town").status is Status.GROUNDED
