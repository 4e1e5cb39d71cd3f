"""Sender, recipient and where goods go, from blocks of lines."""

from __future__ import annotations

from extractors.rules.page_facts import PageFacts
from extractors.rules.parties import Parties, Side
from tests.fakes import document, word_ids

LETTER = """
Copper Kiln Pottery Ltd
81 Clay Lane
12345 Asheville


Bill to:
Garnet Gallery
410 Bridge Street
54321 Savannah


Ship to:
Northline Warehouse
77 Depot Road
28202 Charlotte
"""


def parties(page: str) -> Parties:
    return PageFacts(document(page)).parties


def best(page: str, side: Side) -> str | None:
    found = parties(page).best(side)
    return found[1].text if found else None


def test_each_side_has_its_block() -> None:
    assert best(LETTER, Side.SUPPLIER) == "Copper Kiln Pottery Ltd"
    assert best(LETTER, Side.CUSTOMER) == "Garnet Gallery"
    assert best(LETTER, Side.SHIPPING) == "Northline Warehouse"


def test_without_a_heading_goods_go_nowhere() -> None:
    assert best(LETTER.split("Ship to", maxsplit=1)[0], Side.SHIPPING) is None


def test_ship_from_is_not_where_goods_go() -> None:
    assert best(LETTER.replace("Ship to:", "Ship from:"), Side.SHIPPING) is None


def test_a_name_and_its_address_are_at_one_place() -> None:
    page = document(LETTER)
    found = PageFacts(page).parties
    name, street, other = (word_ids(page, text) for text in ("Garnet Gallery", "410 Bridge Street", "81 Clay Lane"))
    assert found.place_of(name) == found.place_of(street) != found.place_of(other)
