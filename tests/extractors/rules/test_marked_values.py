"""Booleans, enums and texts that tick boxes, printed options and form fields give."""

from __future__ import annotations

from typing import Any

import pytest

from extractors import FieldExtractor
from grounding.grounder import ground
from schemas.fields import Schema
from schemas.pages import Document
from schemas.results import Cell, Status
from tests.extractors.trained.fixed_scores import ByFeature, FixedNetwork
from tests.fakes import document
from tests.marked_pages import filled, marked


def answer(page: Document, name: str, kind: str = "boolean", **more: Any) -> Cell | None:
    """The cell of one field; None if nothing was proposed, which makes it not found."""
    schema = Schema.model_validate({"fields": [{"name": name, "type": kind, **more}]})
    proposals = FieldExtractor(FixedNetwork({}), ByFeature("fit")).propose(page, schema)
    cells = ground(page, proposals)
    return cells[0] if cells else None


QUESTIONNAIRE = """
                        Yes     No
1. Do you smoke?         {}       {}
2. Do you exercise?      {}       {}
3. Any allergies?        {}       {}
"""


@pytest.mark.parametrize(
    ("page", "name", "expected", "evidence"),
    [
        pytest.param(marked("Smoker:  ☐ Yes  ☑ No"), "smoker", False, "No", id="a-pair-in-a-row"),
        pytest.param(marked("Smoker:  ☑ Yes  ☐ No"), "smoker", True, "Yes", id="a-pair-in-a-row-says-yes"),
        pytest.param(marked("Smoker\n☐ Yes     ☑ No"), "smoker", False, "No", id="question-above"),
        pytest.param(marked("Smoker  ☐ Yes\n        ☑ No"), "smoker", False, "No", id="a-pair-in-a-column"),
        pytest.param(marked("Smoker   Yes ☐   No ☑", side="left"), "smoker", False, "No", id="labels-before-boxes"),
        pytest.param(marked("Smoker:  ☐ Yes  ☑ No     Driver:  ☑ Yes  ☐ No"), "driver", True, "Yes", id="two-questions-in-a-row"),
        pytest.param(marked("Smoker:  ☐ Yes  ☑ No     Driver:  ☑ Yes  ☐ No"), "smoker", False, "No", id="the-first-of-two"),
        pytest.param(marked("☑ No pets"), "no_pets", True, "No pets", id="a-field-with-the-same-negation"),
        pytest.param(marked("☑ I accept the terms"), "accept_terms", True, "I accept the terms", id="a-single-box"),
        pytest.param(marked("☐ I accept the terms"), "accept_terms", False, "I accept the terms", id="a-single-empty-box"),
        pytest.param(marked("Gift Aid declaration   ☐ I pay tax in the UK"), "gift_aid", False, "I pay tax in the UK", id="question-before-a-box"),
        pytest.param(marked("☑ Newsletter\n☐ Phone calls"), "newsletter", True, "Newsletter", id="a-list-of-boxes"),
        pytest.param(marked("☑ Newsletter\n☐ Phone calls"), "phone_calls", False, "Phone calls", id="another-box-of-the-list"),
        pytest.param(marked("Raucher:  ☐ Ja  ☑ Nein"), "raucher", False, "Nein", id="german"),
        pytest.param(marked("Fumeur :  ☑ Oui  ☐ Non"), "fumeur", True, "Oui", id="french"),
        pytest.param(marked("Fumador:  ☐ Sí  ☑ No"), "fumador", False, "No", id="spanish"),
        pytest.param(marked("喫煙  ☐ はい  ☑ いいえ"), "喫煙", False, "いいえ", id="japanese"),
        pytest.param(marked("Rökare:  ☐ Ja  ☑ Nej"), "rökare", False, "Nej", id="swedish"),
        pytest.param(marked("Palacz:  ☑ Tak  ☐ Nie"), "palacz", True, "Tak", id="polish"),
        pytest.param(marked("Smoker  ☐ Yes, daily  ☑ No, never"), "smoker", False, "No, never", id="labels-with-remarks"),
        pytest.param(marked("◉ Yes  ○ No", names=("smoker", "smoker")), "smoker", True, "Yes", id="name-of-radio-buttons"),
        pytest.param(marked("☑ See overleaf", names=("acceptTerms",)), "accept_terms", True, "See overleaf", id="name-of-a-check-box"),
        pytest.param(marked(QUESTIONNAIRE.format(*"☐☑☑☐☐☑"), side="none"), "smoke", False, None, id="columns-first-row"),
        pytest.param(marked(QUESTIONNAIRE.format(*"☐☑☑☐☐☑"), side="none"), "exercise", True, None, id="columns-second-row"),
        pytest.param(document("Paid: Yes"), "paid", True, "Yes", id="in-words"),
        pytest.param(document("Paid       No"), "paid", False, "No", id="in-words-in-the-next-cell"),
        pytest.param(document("Paid       Insured\nYes        No"), "insured", False, "No", id="in-words-below-labels"),
        pytest.param(marked("Paid: Yes\n☐ Paid parking wanted"), "paid", True, "Yes", id="words-that-fit-better-than-a-box"),
    ],
)  # fmt: skip
def test_booleans(page: Document, name: str, expected: bool, evidence: str | None) -> None:
    cell = answer(page, name)
    assert cell is not None
    assert (cell.value, cell.raw_text, cell.status) == (expected, evidence, Status.GROUNDED)
    assert cell.match_ratio == 1.0
    assert 0.4 < cell.confidence <= 0.95


@pytest.mark.parametrize(
    ("page", "name"),
    [
        pytest.param(marked("Smoker:  ☐ Yes  ☐ No"), "smoker", id="nothing-ticked"),
        pytest.param(marked("Smoker:  ☐ Yes  ☐ No  ☑ Unknown"), "smoker", id="neither-yes-nor-no-is-ticked"),
        pytest.param(marked(QUESTIONNAIRE.format(*"☐☐☑☐☐☑"), side="none"), "smoke", id="an-empty-row-of-columns"),
        pytest.param(marked("○ Smoker  ○ Non-smoker"), "smoker", id="no-radio-button-is-chosen"),
        pytest.param(marked("☐ I do not smoke"), "smoke", id="an-empty-box-with-a-negated-label"),
        pytest.param(marked("☐ No allergies"), "allergies", id="an-empty-box-with-no-before-a-word"),
        pytest.param(document("Smoker:    Yes / No"), "smoker", id="to-be-struck-out"),
        pytest.param(document("Smoker:    Yes    No"), "smoker", id="to-be-circled"),
        pytest.param(document("Smoker: Yes    No"), "smoker", id="to-be-circled-next-to-the-label"),
        pytest.param(document("Raucher    Ja     Nein"), "raucher", id="to-be-circled-in-german"),
        pytest.param(document("Smoker\nYes      No"), "smoker", id="to-be-circled-below-the-label"),
        pytest.param(document("Smoker     Yes\n           No"), "smoker", id="to-be-circled-in-a-column"),
        pytest.param(marked("Driver:  ☑ Yes  ☐ No"), "smoker", id="another-question"),
    ],
)
def test_a_boolean_nobody_answered_is_not_found(page: Document, name: str) -> None:
    assert answer(page, name) is None


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(marked("Smoker:  ☑ Yes  ☑ No"), {True, False}, id="both-ticked"),
        pytest.param(marked("Smoker:  ☐ Yes  ◪ No"), {False}, id="one-unclear"),
        pytest.param(marked("Smoker:  ☑ Yes  ◪ No"), {True}, id="ticked-and-unclear"),
        pytest.param(marked("◪ Smoker"), {True}, id="a-single-box-unclear"),
        pytest.param(marked("☑ I am not a smoker"), {False}, id="a-negated-label"),
        pytest.param(marked("Smoker:  ☐ Yes  ☑ No", confidence=0.6), {False}, id="the-reader-is-not-sure"),
    ],
)
def test_an_unclear_mark_gives_an_uncertain_boolean(page: Document, expected: set[bool]) -> None:
    cell = answer(page, "smoker")
    assert cell is not None
    assert cell.value in expected
    assert cell.status is Status.UNCERTAIN
    assert cell.confidence <= 0.5


@pytest.mark.parametrize(
    ("label", "name"),
    [
        pytest.param("No allergies", "allergies", id="no"),
        pytest.param("No known allergies", "allergies", id="no-with-an-adjective"),
        pytest.param("No newsletter please", "newsletter", id="no-with-a-remark"),
        pytest.param("I have no allergies", "allergies", id="no-after-a-verb"),
        pytest.param("Without pets", "pets", id="without"),
        pytest.param("Non smoker", "smoker", id="non"),
        pytest.param("Ohne Haustiere", "haustiere", id="german"),
        pytest.param("Sans allergies", "allergies", id="french"),
        pytest.param("Sin alergias", "alergias", id="spanish"),
        pytest.param("Senza allergie", "allergie", id="italian"),
        pytest.param("Sem alergias", "alergias", id="portuguese"),
        pytest.param("Zonder huisdieren", "huisdieren", id="dutch"),
    ],
)
def test_a_ticked_negation_is_an_uncertain_no(label: str, name: str) -> None:
    cell = answer(marked(f"☑ {label}"), name)
    assert cell is not None
    assert (cell.value, cell.status) == (False, Status.UNCERTAIN)
    assert cell.confidence <= 0.5


PAYMENTS = ("cash", "bank transfer")


@pytest.mark.parametrize(
    "label",
    [
        pytest.param("No cash", id="no"),
        pytest.param("Non-cash", id="prefix-non"),
        pytest.param("No bank transfers", id="a-negated-value-in-the-plural"),
    ],
)
def test_a_negated_label_is_not_the_value_in_it(label: str) -> None:
    assert answer(marked(f"Payment  ☑ {label}  ☐ Voucher"), "payment", "enum", values=PAYMENTS) is None


@pytest.mark.parametrize(
    ("label", "evidence"),
    [
        pytest.param("Bank-transfer", "Bank-transfer", id="the-whole-label"),
        pytest.param("By bank-transfer please", "bank-transfer", id="inside-the-label"),
    ],
)
def test_an_enum_is_compared_by_words(label: str, evidence: str) -> None:
    cell = answer(marked(f"Payment  ☑ {label}  ☐ Cash"), "payment", "enum", values=PAYMENTS)
    assert cell is not None
    assert (cell.value, cell.raw_text, cell.status) == ("bank transfer", evidence, Status.GROUNDED)


TYPES = ("Adult", "Family", "Student")


@pytest.mark.parametrize(
    ("page", "expected", "evidence"),
    [
        pytest.param(marked("Membership type  ☐ Adult  ☑ Family  ☐ Student"), "Family", "Family", id="row-after-the-label"),
        pytest.param(marked("Membership type\n☐ Adult    ☑ Family    ☐ Student"), "Family", "Family", id="row-below-the-label"),
        pytest.param(marked("Membership type\n☐ Adult\n☐ Family\n☑ Student"), "Student", "Student", id="column-below-the-label"),
        pytest.param(marked("Membership type  ☐ Adult\n                 ☑ Family"), "Family", "Family", id="column-after-the-label"),
        pytest.param(marked("Membership type  Adult ☐   Family ☑", side="left"), "Family", "Family", id="labels-before-boxes"),
        pytest.param(marked("Harbour Road 5   Membership type\n1001 Newtown     ☐ Adult  ☑ Family"), "Family", "Family", id="another-column-before"),
        pytest.param(marked("Please choose\n☐ Adult    ☑ Family    ☐ Student"), "Family", "Family", id="options-alone"),
        pytest.param(marked("Membership type  ☐ Adult  ☑ Family (2 adults)"), "Family", "Family", id="a-label-with-a-remark"),
        pytest.param(marked("Membership type  ○ ADULT  ◉ FAMILY"), "Family", "FAMILY", id="capitals"),
        pytest.param(marked("○ Adult   fee 10    ◉ Family   fee 20", names=("membershipType",) * 2), "Family", "Family", id="name-of-radio-buttons"),
        pytest.param(marked("Membership type   ☑     ☐", side="none", names=("type.family", "type.adult")), "Family", None, id="names-of-boxes"),
        pytest.param(document("Membership type: Student"), "Student", "Student", id="in-words"),
        pytest.param(document("FAMILY membership\n\nDear members, thank you."), "Family", "FAMILY", id="once-on-the-page"),
        pytest.param(document("We offer Adult, Family and Student\nMembership type: Student"), "Student", "Student", id="a-list-elsewhere"),
    ],
)  # fmt: skip
def test_enums(page: Document, expected: str, evidence: str | None) -> None:
    cell = answer(page, "membership_type", "enum", values=TYPES)
    assert cell is not None
    assert (cell.value, cell.raw_text, cell.status) == (expected, evidence, Status.GROUNDED)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(marked("Membership type  ☐ Adult  ☐ Family  ☐ Student"), id="nothing-ticked"),
        pytest.param(marked("Membership type  ☐ Adult  ☐ Family  ☑ Other"), id="something-else-is-ticked"),
        pytest.param(
            marked("FAMILY CLUB\n\nMembership type  ☐ Adult  ☐ Family  ☐ Student"), id="nothing-ticked-below-a-heading"
        ),
        pytest.param(marked("Membership type  ☐ Adult  ☑ Not a student"), id="a-negated-option"),
        pytest.param(document("Membership type: Adult / Family / Student"), id="to-be-struck-out"),
        pytest.param(document("Membership type    Adult    Family    Student"), id="to-be-circled"),
        pytest.param(document("Membership type\nAdult\nFamily\nStudent"), id="to-be-circled-in-a-column"),
        pytest.param(document("Please choose: Adult, Family or Student"), id="a-list-without-a-label"),
    ],
)
def test_an_enum_nobody_chose_is_not_found(page: Document) -> None:
    assert answer(page, "membership_type", "enum", values=TYPES) is None


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(marked("Membership type  ☑ Adult  ☑ Family  ☐ Student"), {"Adult", "Family"}, id="two-ticked"),
        pytest.param(marked("Membership type  ☐ Adult  ◪ Family  ☐ Student"), {"Family"}, id="unclear"),
    ],
)
def test_an_unclear_mark_gives_an_uncertain_enum(page: Document, expected: set[str]) -> None:
    cell = answer(page, "membership_type", "enum", values=TYPES)
    assert cell is not None
    assert cell.value in expected
    assert cell.status is Status.UNCERTAIN


def test_the_place_is_the_mark_with_its_label() -> None:
    page = marked("Smoker:  ☐ Yes  ☑ No")
    cell = answer(page, "smoker")
    assert cell is not None
    assert cell.place is not None
    box, mark, (word,) = cell.place.quad.box, page.pages[0].marks[1].quad.box, page.words[-1:]
    assert (box.left, box.right) == pytest.approx((mark.left, word.box.right))


def test_the_place_of_a_mark_without_a_label_is_the_mark() -> None:
    page = marked(QUESTIONNAIRE.format(*"☐☑☑☐☐☑"), side="none")
    cell = answer(page, "exercise")
    assert cell is not None
    assert cell.place is not None
    assert cell.place.quad == page.pages[0].marks[2].quad
    assert cell.place.symbol_ids == ()


def test_a_text_field_gets_the_ticked_option() -> None:
    cell = answer(marked("Membership type  ☐ Adult  ☑ Family  ☐ Student"), "membership_type", "string")
    assert cell is not None
    assert cell.value == "Family"


FORM = """
Please fill in block letters
OKAFOR          12 Lockside
                Henley RG9 1AY
Total           120
Reference       778
"""


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        pytest.param("surname", "string", "OKAFOR", id="no-printed-label"),
        pytest.param("delivery_address", "string", "12 Lockside Henley RG9 1AY", id="several-lines-are-one-value"),
        pytest.param("donation", "integer", 120, id="the-name-rather-than-the-printed-label"),
    ],
)
def test_the_name_of_a_form_field_is_a_label(name: str, kind: str, expected: str | int) -> None:
    entries = {"surname": "OKAFOR", "deliveryAddress": "12 Lockside Henley RG9 1AY", "donation": "120"}
    cell = answer(filled(document(FORM), **entries), name, kind)
    assert cell is not None
    assert cell.value == expected
    assert answer(document(FORM), name, kind) is None


def test_a_meaningless_name_does_not_hide_the_printed_label() -> None:
    cell = answer(filled(document("Serial  120\nOther   778"), Text12="120"), "serial", "integer")
    assert cell is not None
    assert cell.value == 120
