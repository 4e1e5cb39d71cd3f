"""A schema, resolved once."""

from __future__ import annotations

import pytest

from extractors import FieldExtractor
from extractors.plan import ExtractionPlan
from extractors.trained.field_prompts import prompts_of
from schemas.fields import Field, FieldType, Schema
from tests.extractors.trained.fixed_scores import ByFeature, FixedNetwork
from tests.fakes import document


def field(name: str, kind: str = "string", description: str | None = None) -> Field:
    return Field(name=name, type=FieldType(kind), description=description)


def test_numbers_count_parents_before_children() -> None:
    inner = Field(name="parts", type=FieldType.ARRAY, children=(field("part"),))
    rows = Field(name="rows", type=FieldType.ARRAY, children=(field("what"), inner, field("sum", "money")))
    plan = ExtractionPlan.of([field("a"), rows, field("b")])
    assert [prompt.name for prompt in prompts_of(plan)] == ["a", "rows", "what", "parts", "part", "sum", "b"]
    assert [prompt.parent for prompt in prompts_of(plan)] == [-1, -1, 1, 1, 3, 1, -1]
    assert [f.number for f in (*plan.fields, *plan.fields[1].children)] == [0, 1, 6, 2, 3, 5]
    assert [f.name for f in plan.fields[1].columns] == ["what", "sum"]


@pytest.mark.parametrize(
    ("asked", "prompt", "about"),
    [
        pytest.param(field("fournisseur"), "supplier_name", "", id="french"),
        pytest.param(field("LFA1-NAME1"), "supplier_name", "", id="like-saps"),
        pytest.param(field("Gesamtbetrag brutto", "money"), "total_gross", "", id="german"),
        pytest.param(field("Lieferant", description="Wer liefert"), "supplier_name", "", id="described-in-german"),
        pytest.param(field("vendor_name", description="Who sells"), "vendor_name", "Who sells", id="english"),
        pytest.param(field("Schiffsname"), "Schiffsname", "", id="no-role"),
        pytest.param(field("Kapitänsadresse"), "Kapitänsadresse", "", id="more-than-a-role"),
    ],
)
def test_the_network_is_asked_in_english(asked: Field, prompt: str, about: str) -> None:
    (found,) = prompts_of(ExtractionPlan.of([asked]))
    assert (found.name, found.about) == (prompt, about)


@pytest.mark.parametrize(
    ("page", "description", "expected"),
    [
        pytest.param("Total gross    119,00", None, {}, id="no-salary-on-the-page"),
        pytest.param("Salary    119,00", None, {"gross_salary": "119,00"}, id="a-salary-on-the-page"),
        pytest.param("Total gross    119,00", "The gross total", {"gross_salary": "119,00"}, id="the-caller-explains"),
        pytest.param(
            "Wages    119,00", "Wages before deductions", {"gross_salary": "119,00"}, id="explained-on-the-page"
        ),
        pytest.param("Total gross    119,00", "Wages before deductions", {}, id="explained-but-not-there"),
    ],
)
def test_a_name_with_words_that_are_not_on_the_page_is_answered_only_if_it_is_explained(
    page: str, description: str | None, expected: dict[str, str]
) -> None:
    schema = Schema(fields=(field("gross_salary", "money", description),))
    extractor = FieldExtractor(FixedNetwork({"gross_salary": ["119,00"]}), ByFeature("chance"))
    assert {str(p.path[0]): p.text for p in extractor.propose(document(page), schema)} == expected
