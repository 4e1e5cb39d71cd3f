"""Texts with OCR damage, across lines, columns and pages; each former mistake is a named row."""

from __future__ import annotations

import pytest

from grounding import ground
from schemas.fields import FieldType
from schemas.pages import Document
from schemas.results import Cell, Proposal, Status
from tests.fakes import document, word_ids

S = FieldType.STRING


def cell(page: Document, text: str, name: str = "f", hint: str = "") -> Cell:
    hinted = word_ids(page, hint) if hint else ()
    (answer,) = ground(page, [Proposal((name,), S, text, hinted)], explain=True)
    return answer


@pytest.mark.parametrize(
    ("value", "page", "raw"),
    [
        pytest.param("INV-7042", "No INV-7O42 due", "INV-7O42", id="O-for-0"),
        pytest.param("Billing 815", "Bi11ing 8l5", "Bi11ing 8l5", id="l-1-I"),
        pytest.param("Stern & Sohn", "5tern & 5ohn", "5tern & 5ohn", id="S-for-5"),
        pytest.param("Modern Furniture", "Modem Fumiture", "Modem Fumiture", id="rn-read-as-m"),
        pytest.param("Summer Camp", "Surnmer Carnp", "Surnmer Carnp", id="m-read-as-rn"),
        pytest.param("Café Münster", "CAFE MUNSTER", "CAFE MUNSTER", id="case-and-accents"),
        pytest.param("Acme, Inc.", "Acme Inc", "Acme Inc", id="punctuation"),
        pytest.param("Haus am See", "Hausam See 3", "Hausam See", id="a-lost-space"),
        pytest.param("office", "o\ufb03ce hours", "o\ufb03ce", id="ligature"),
        pytest.param("Widget Coroporation", "Widget Corporation", "Widget Corporation", id="a-typo"),
        pytest.param("KUALA ULMPUR", "KUALA LUMPUR", "KUALA LUMPUR", id="letters-that-changed-places"),
        pytest.param("Rechnungsadresse", "Rechnungs-\nadresse gilt", "Rechnungs- adresse", id="divided-word"),
        pytest.param("\u682a\u5f0f\u4f1a\u793e\u5c71\u7530", "\u682a\u5f0f\u4f1a\u793e\u5c71\u7530 \u6771\u4eac",
                     "\u682a\u5f0f\u4f1a\u793e\u5c71\u7530", id="no-latin-letters"),
    ],
)  # fmt: skip
def test_a_value_is_found_with_its_text_as_read(value: str, page: str, raw: str) -> None:
    found = cell(document(page), value)
    assert found.raw_text == raw
    assert found.evidence is not None
    assert found.evidence.probability > 0.8


def test_a_hyphenated_word_agrees_fully() -> None:
    found = cell(document("Rechnungs-\nadresse gilt"), "Rechnungsadresse")
    assert (found.match_ratio, found.status) == (1.0, Status.GROUNDED)
    assert found.place is not None
    assert len(found.place.regions) == 2


COLUMNS = """Gartenweg 7          DATE 30.04.2025
20457 Hamburg        ORDER 1234567
Deutschland          TERMS NET 30"""


def test_an_address_next_to_another_column() -> None:
    found = cell(document(COLUMNS), "Gartenweg 7, 20457 Hamburg, Deutschland")
    assert found.raw_text == "Gartenweg 7 20457 Hamburg Deutschland"
    assert found.status is Status.GROUNDED
    assert found.place is not None
    assert [region.quad.box.left for region in found.place.regions] == [0.0, 0.0, 0.0]


def test_an_address_with_misread_letters_next_to_another_column() -> None:
    page = document(COLUMNS.replace("Gartenweg", "Gartenwcg").replace("Hamburg", "Harnburg"))
    assert cell(page, "Gartenweg 7, 20457 Hamburg, Deutschland").raw_text == "Gartenwcg 7 20457 Harnburg Deutschland"


def test_a_name_repeated_in_the_value_is_found_on_both_lines() -> None:
    page = document(
        "Oasis Village Lounge 2   DATE 01/02/2018\nGround Floor             ORDER 7712345\nOasis Village            TERMS NET 30\nJalan PJU 1A"
    )
    found = cell(page, "Oasis Village Lounge 2, Ground Floor, Oasis Village, Jalan PJU 1A")
    assert found.raw_text == "Oasis Village Lounge 2 Ground Floor Oasis Village Jalan PJU 1A"


def test_a_value_across_two_pages_has_a_region_on_each() -> None:
    page = document("see the terms of\ndelivery and payment", "agreed in Hamburg on paper")
    found = cell(page, "terms of delivery and payment agreed in Hamburg")
    assert found.place is not None
    assert [region.page for region in found.place.regions] == [1, 1, 2]
    assert found.place.page == 1


@pytest.mark.parametrize(
    ("value", "page"),
    [
        pytest.param("4000001123452", "ref 4000001123453 end", id="digit-replaced"),
        pytest.param("4000001123452", "ref 400000112345 end", id="digit-lost"),
        pytest.param("4000001123452", "ref 40000011234552 end", id="digit-added"),
        pytest.param("4711", "ref 4711-22", id="a-short-code-that-goes-on"),
        pytest.param("AT123456789", "A: 123456789", id="a-letter-of-an-identifier"),
        pytest.param("417", "TABLE 417/B", id="what-touches-a-short-code"),
        pytest.param("INV-7042", "INV-7042-1", id="a-code-that-goes-on"),
        pytest.param("DE89 3704 0044 0532 0130", "DE89 3704 0044 0532 0130 00", id="a-group-more"),
        pytest.param("1C345678", "No 10345678", id="nothing-is-misread-in-a-text-layer"),
        pytest.param("Suite 12", "Suite 123", id="digits-that-go-on-after-a-text"),
        pytest.param("40 days", "140 days", id="digits-that-began-before-a-text"),
    ],
)
def test_another_identifier_is_uncertain(value: str, page: str) -> None:
    assert cell(document(page), value).status is Status.UNCERTAIN


@pytest.mark.parametrize(
    ("value", "page"),
    [
        pytest.param("Globex Corporation", "To ACME GmbH in Berlin", id="another-text"),
        pytest.param("total", "to      tal", id="a-word-of-two-cells"),
        pytest.param("Hafenstrasse 12, 28195 Bremen", "Hauptstrasse 12\n20457 Hamburg", id="another-address"),
        pytest.param("?!", "abc", id="marks-alone"),
        pytest.param("  ", "abc", id="nothing"),
    ],
)
def test_absent(value: str, page: str) -> None:
    found = cell(document(page), value)
    assert (found.status, found.place, found.confidence) == (Status.NOT_FOUND, None, 0.0)


@pytest.mark.parametrize(
    ("value", "page", "row"),
    [
        pytest.param("14", "14.00\n8814-22\n14/05\nQty 14", 3, id="a-number-among-its-look-alikes"),
        pytest.param("Ann", "Annual report\nby Ann", 1, id="not-inside-a-word"),
        pytest.param("100", "100.00\nref 100", 1, id="not-a-part-of-an-amount"),
        pytest.param("432", "PAID 432.00\nNO 43Z", 1, id="misread-rather-than-a-part-of-another"),
    ],
)
def test_word_boundaries(value: str, page: str, row: int) -> None:
    place = cell(document(page), value).place
    assert place is not None
    assert place.quad.box.top == pytest.approx(0.02 + 0.02 * row)


def test_the_label_chooses_between_equals() -> None:
    page = document("TABLE 985\nQUEUE NO 985\nRECEIPT # 985\nCOUNTER : 985")
    found = cell(page, "985", name="receipt_number")
    assert found.place is not None
    assert found.place.quad.box.top == pytest.approx(0.06)
    assert found.evidence is not None
    assert found.evidence.label == 1.0
    assert found.status is Status.GROUNDED


def test_a_misread_value_at_its_label_beats_an_intact_one_elsewhere() -> None:
    page = document("TABLE 763\nRECEIPT NO. 7G3\nCOUNTER : 763")
    assert cell(page, "763", name="receipt_number").raw_text == "7G3"


def test_a_short_value_away_from_its_label_is_uncertain() -> None:
    page = document("TABLE 985\nQUEUE NO 985\nRECEIPT # 85")
    assert cell(page, "985", name="receipt_number").status is Status.UNCERTAIN


def test_a_label_above_its_value_counts_unless_its_line_has_a_value() -> None:
    page = document("Customer      Receipt number\n985           985")
    found = cell(page, "985", name="receipt_number")
    assert found.place is not None
    assert found.place.quad.box.left == pytest.approx(0.14)
    page = document("RECEIPT NO. 11\nCOUNTER : 985\nTABLE 985")
    other = cell(page, "985", name="receipt_number")
    assert other.evidence is not None
    assert other.evidence.label < 0.5


def test_a_hint_one_word_off_still_helps() -> None:
    page = document("TABLE 985\nQUEUE NO 985\nRECEIPT # 985\nCOUNTER : 985")
    found = cell(page, "985", hint="#")
    assert found.place is not None
    assert found.place.quad.box.top == pytest.approx(0.06)


def test_a_text_that_lacks_a_word_is_uncertain() -> None:
    assert cell(document("our service is free"), "Service B").status is Status.UNCERTAIN
    assert cell(document("Acme Incorporated Berlin"), "Acme, Incorporated – Berlin").status is Status.GROUNDED


def test_a_mark_does_not_move_the_characters_of_other_words() -> None:
    page = document("Maß Ref A12345e\n\u0301x")
    assert cell(page, "A12345").raw_text == "A12345"


def test_the_evidence_explains_the_ratio() -> None:
    found = cell(document("No INV-7O42 due"), "INV-7042")
    assert found.evidence is not None
    assert [tuple(edit) for edit in found.evidence.edits] == [(5, "0", "o")]
    assert (found.evidence.written, found.evidence.found) == ("inv-7042", "inv-7o42")
    assert found.evidence.agreement > found.match_ratio == 0.875
