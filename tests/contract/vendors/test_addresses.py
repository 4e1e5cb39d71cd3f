"""Addresses of many countries, split into the parts that Mindee's version 4 has."""

from __future__ import annotations

import time

import pytest

from service.vendors.mindee.postal_address import PARTS, parts_of

NAMES = {
    "number": "street_number",
    "street": "street_name",
    "more": "address_complement",
    "code": "postal_code",
    "city": "city",
    "state": "state",
    "country": "country",
    "box": "po_box",
}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Marktstr. 153, 38226 Salzgitter", "number=153 street=Marktstr. code=38226 city=Salzgitter"),
        ("Hauptstr.12a\nD-80333 München", "number=12a street=Hauptstr. code=80333 city=München"),
        ("Waldstraße 86-90, 13403 Berlin", "number=86-90 street=Waldstraße code=13403 city=Berlin"),
        ("A-1010 Wien, Kärntner_Ring 1", "number=1 street=Kärntner_Ring code=1010 city=Wien"),
        ("Postfach 12 34, 60311 Frankfurt_am_Main, Deutschland", "box=12_34 code=60311 city=Frankfurt_am_Main country=Deutschland"),
        ("14 rue_des_Fabriques, 45000 Orléans", "number=14 street=rue_des_Fabriques code=45000 city=Orléans"),
        ("12 bis avenue_Foch 75116 Paris France", "number=12 street=avenue_Foch code=75116 city=Paris country=France"),
        ("12, rue_de_la_Gare, L-1611 Luxembourg", "number=12 street=rue_de_la_Gare code=1611 city=Luxembourg"),
        ("ZUG_Center, Highway 1, 9000 Ghent", "more=ZUG_Center number=1 street=Highway code=9000 city=Ghent"),
        ("Keizersgracht 62-64, 1015 CS Amsterdam, Nederland", "number=62-64 street=Keizersgracht code=1015_CS city=Amsterdam country=Nederland"),
        ("Via_Roma, 12, 00184 Roma (RM), Italia", "number=12 street=Via_Roma code=00184 city=Roma state=RM country=Italia"),
        ("Calle_Mayor 5, 2º_B, 28013 Madrid, España", "number=5 street=Calle_Mayor more=2º_B code=28013 city=Madrid country=España"),
        ("Rua_Augusta 25, 1100-053 Lisboa, Portugal", "number=25 street=Rua_Augusta code=1100-053 city=Lisboa country=Portugal"),
        ("Av._Paulista, 1578 - Bela_Vista, São_Paulo - SP, 01310-200, Brasil", "number=1578 street=Av._Paulista more=Bela_Vista code=01310-200 city=São_Paulo state=SP country=Brasil"),
        ("ul._Prosta 51, 00-838 Warszawa, Polska", "number=51 street=ul._Prosta code=00-838 city=Warszawa country=Polska"),
        ("Sveavägen 44, 111 34 Stockholm, Sverige", "number=44 street=Sveavägen code=111_34 city=Stockholm country=Sverige"),
        ("10 Downing_Street, London SW1A 2AA, United_Kingdom", "number=10 street=Downing_Street code=SW1A_2AA city=London country=United_Kingdom"),
        ("221B Baker_Street\nLondon\nNW1 6XE", "number=221B street=Baker_Street code=NW1_6XE city=London"),
        ("123 Business_Road, EC1A 1BB London", "number=123 street=Business_Road code=EC1A_1BB city=London"),
        ("100 Main_Street, Apt_4B, Springfield, IL 62704, USA", "number=100 street=Main_Street more=Apt_4B code=62704 city=Springfield state=IL country=USA"),
        ("1600 Amphitheatre_Pkwy, Mountain_View, California 94043", "number=1600 street=Amphitheatre_Pkwy code=94043 city=Mountain_View state=California"),
        ("P.O. Box 99, Reno, NV 89501-1234", "box=99 code=89501-1234 city=Reno state=NV"),
        ("156 University_Ave, Toronto ON, Canada M5H 2H7", "number=156 street=University_Ave code=M5H_2H7 city=Toronto state=ON country=Canada"),
        ("12 George_St, Sydney NSW 2000, Australia", "number=12 street=George_St code=2000 city=Sydney state=NSW country=Australia"),
        ("1 Raffles_Place, Singapore 048616", "number=1 street=Raffles_Place code=048616 city=Singapore"),
        ("221 MG_Road, Bengaluru 560 001, India", "number=221 street=MG_Road code=560_001 city=Bengaluru country=India"),
        ("NO.1, JALAN_PERMAS_10/5, BANDAR_BARU 81750 JOHOR_BAHRU, JOHOR.", "number=1 street=JALAN_PERMAS_10/5 more=BANDAR_BARU code=81750 city=JOHOR_BAHRU state=JOHOR"),
        ("19, JALAN_KANCIL, 55100 KUALA_LUMPUR MALAYSIA", "number=19 street=JALAN_KANCIL code=55100 city=KUALA_LUMPUR country=MALAYSIA"),
        ("1600 Some_Street, Some_City", "number=1600 street=Some_Street more=Some_City"),
        ("1234 Main_St, Bldg_10000, Austin", "number=1234 street=Main_St more=Bldg_10000,_Austin"),
        ("Suite_500, 1 Main_St, Boston, MA 02110", "more=Suite_500 number=1 street=Main_St code=02110 city=Boston state=MA"),
        ("Flat_3, 10 High_Street, London W1A 1AA", "more=Flat_3 number=10 street=High_Street code=W1A_1AA city=London"),
        ("Tower_2, Level_10, 1 Martin_Place, Sydney NSW 2000", "more=Tower_2,_Level_10 number=1 street=Martin_Place code=2000 city=Sydney state=NSW"),
        ("12 High_Street, Penrose, Auckland 1061, New_Zealand", "number=12 street=High_Street more=Penrose code=1061 city=Auckland country=New_Zealand"),
        ("75 Fifth_Street, Atlanta, Georgia 30332", "number=75 street=Fifth_Street code=30332 city=Atlanta state=Georgia"),
        ("3 Floor, 12 Tower_Road, 10115 Berlin", "more=3_Floor number=12 street=Tower_Road code=10115 city=Berlin"),
        ("Kiel_24103, Holtenauer_Str. 5", "more=Kiel_24103 number=5 street=Holtenauer_Str."),
        ("Ahornweg 3-5 10115", "number=3-5 street=Ahornweg code=10115"),
        ("PO Box 12 75001 Paris", "box=12 code=75001 city=Paris"),
        ("Postfach 10 20 30 60311 Frankfurt", "box=10_20_30 code=60311 city=Frankfurt"),
        ("CH-8001 Zürich", "code=8001 city=Zürich"),
        ("Somewhere", "more=Somewhere"),
    ],
)  # fmt: skip
def test_parts(address: str, expected: str) -> None:
    """An underscore represents a space within one part."""
    wanted = dict.fromkeys(PARTS) | {
        NAMES[key]: value.replace("_", " ") for key, value in (item.split("=") for item in expected.split(" "))
    }
    assert parts_of(address.replace("_", " ")) == wanted


def test_long_texts_take_no_time() -> None:
    started = time.monotonic()
    for text in (
        "a" + "- " * 1000 + "!",
        "a-" * 150,
        "- " * 150,
        "1 -" * 100,
        "1234 a" * 50,
        "a" + "-" * 298 + "a",
        "Postfach " + "1 " * 145,
        "a" * 2000,
    ):
        parts_of(text)
    assert time.monotonic() - started < 2
