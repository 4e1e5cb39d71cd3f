from __future__ import annotations

import pytest

from extractors import FieldExtractor
from extractors.layoutlmv3 import LayoutLMv3Extractor
from schemas.fields import FieldType, Schema
from schemas.presets import presets
from schemas.results import Proposal
from service.pipeline.preset_extractors import PresetExtractor
from service.vendors import preset_extractors
from service.vendors.huawei import QuotaInvoiceExtractor
from tests.extractors.layoutlmv3.test_extractor import Classifier
from tests.fakes import FakeExtractor, document


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(
            "广东省国家税务局通用定额发票\n发票代码 144031506211\n发票号码 91234561\n壹佰元整\n手续费 5元",
            {"code": "144031506211", "number": "91234561", "amount": "壹佰元整", "location": "广东省"},
            id="labels-before",
        ),
        pytest.param(
            "北京市地方税务局通用定额发票\n发票代码：211001371090\n发票号码:04567823\n伍拾元",
            {"code": "211001371090", "number": "04567823", "amount": "伍拾元", "location": "北京市"},
            id="one-word-with-the-label",
        ),
        pytest.param(
            "浙江通用定额发票\n代码\n133011770201\n号码\n12345678\n￥20.00",
            {"code": "133011770201", "number": "12345678", "amount": "¥20.00", "location": "浙江"},
            id="values-below-and-digits",
        ),
        pytest.param(
            "四川省成都市地方税务局通用定额发票\n251011370141  03322110\n拾元",
            {"code": "251011370141", "number": "03322110", "amount": "拾元", "location": "四川省成都市"},
            id="without-labels",
        ),
        pytest.param("Invoice 4711\nTotal 20.00", {}, id="another-document"),
    ],
)
def test_values_of_a_quota_invoice(page: str, expected: dict[str, str]) -> None:
    proposals = QuotaInvoiceExtractor().propose(document(page), presets()["quota_invoice"])
    assert {str(p.path[0]): p.text for p in proposals} == expected
    words = document(page).words
    assert all(p.text in "".join(words[i].text for i in p.word_ids) for p in proposals)


PAGE = document("广东通用定额发票\n发票代码 144031506211\n发票号码 91234561\n壹佰元整")


def test_the_service_uses_it_for_its_preset_alone() -> None:
    other = FakeExtractor([Proposal(("number",), FieldType.STRING, "other")])
    extractor = PresetExtractor(other, preset_extractors())
    assert extractor.model == other.model
    found = {p.path[0]: p.text for p in extractor.propose(PAGE, presets()["quota_invoice"])}
    assert found == {"number": "91234561", "code": "144031506211", "amount": "壹佰元整", "location": "广东"}
    same_fields = Schema(fields=presets()["quota_invoice"].fields)
    for schema in (presets()["invoice"], same_fields):
        assert [p.text for p in extractor.propose(PAGE, schema)] == ["other"]


def test_it_completes_what_a_checkpoint_was_not_taught() -> None:
    """It proposes all four values, whichever of them it is asked for."""
    rest = PresetExtractor(FieldExtractor(), preset_extractors())
    extractor = LayoutLMv3Extractor(Classifier({"91234561": "B-NUMBER"}), rest)
    found = {p.path[0]: p.text for p in extractor.propose(PAGE, presets()["quota_invoice"])}
    assert found == {"number": "91234561", "code": "144031506211", "amount": "壹佰元整", "location": "广东"}
