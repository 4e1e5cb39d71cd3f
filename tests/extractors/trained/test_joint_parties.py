"""The choice of parties together, with fixed probabilities."""

from __future__ import annotations

from extractors.plan import ExtractionPlan
from extractors.rules.parties import Side
from extractors.trained.context import ExtractionContext
from extractors.trained.joint_parties import choose_parties
from extractors.trained.options import Option
from extractors.trained.scored_options import ScoredOption
from schemas.fields import Field, FieldType
from schemas.vocabulary import Kind
from tests.extractors.trained.fixed_scores import FixedNetwork
from tests.fakes import document, word_ids

PAGE = document("Acme Ltd\nMain Street 1\n\n\n\nZeta GmbH\nSide Street 2")


def chosen(**scored: dict[str, float]) -> dict[str, str | None]:
    """The texts chosen for fields, whose options are given with their probabilities."""
    plan = ExtractionPlan.of([Field(name=name, type=FieldType.STRING) for name in scored])
    context = ExtractionContext(PAGE, plan, FixedNetwork({}))
    options = {
        name: [
            ScoredOption(Option(text, word_ids(PAGE, text), Kind.TEXT), chance)
            for text, chance in sorted(texts.items(), key=lambda item: -item[1])
        ]
        for name, texts in scored.items()
    }
    found = choose_parties(context, options, {field.name: field.role for field in plan.fields})
    return {name: option.option.text if option else None for name, option in found.items()}


def test_the_likelier_party_keeps_a_name_and_the_other_takes_its_next() -> None:
    found = chosen(
        supplier_name={"Acme Ltd": 0.9, "Zeta GmbH": 0.05}, customer_name={"Acme Ltd": 0.6, "Zeta GmbH": 0.3}
    )
    assert found == {"supplier_name": "Acme Ltd", "customer_name": "Zeta GmbH"}


def test_a_name_that_only_the_other_party_has_is_not_replaced_by_an_unlikely_one() -> None:
    found = chosen(
        supplier_name={"Acme Ltd": 0.9, "Zeta GmbH": 0.05}, customer_name={"Acme Ltd": 0.5, "Zeta GmbH": 0.02}
    )
    assert found == {"supplier_name": "Acme Ltd", "customer_name": None}


def test_an_address_supports_the_name_above_it() -> None:
    addresses = {"Side Street 2": 0.8}
    assert chosen(customer_name={"Zeta GmbH": 0.4}) == {"customer_name": None}
    found = chosen(customer_name={"Zeta GmbH": 0.4}, customer_address=addresses)
    assert found == {"customer_name": "Zeta GmbH", "customer_address": "Side Street 2"}


def test_two_parties_have_different_addresses() -> None:
    found = chosen(
        supplier_address={"Main Street 1": 0.9},
        customer_address={"Main Street 1": 0.55, "Side Street 2": 0.5},
    )
    assert found == {"supplier_address": "Main Street 1", "customer_address": "Side Street 2"}


def test_every_side_is_chosen() -> None:
    assert set(Side) == {Side.SUPPLIER, Side.CUSTOMER, Side.SHIPPING}
    assert chosen(shipping_name={"Zeta GmbH": 0.7}) == {"shipping_name": "Zeta GmbH"}
