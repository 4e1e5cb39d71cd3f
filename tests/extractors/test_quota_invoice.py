from __future__ import annotations

import pytest

from extractors import FieldExtractor
from schemas.presets import presets
from tests.fakes import document


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(
            "广东省国家税务局通用定额发票\n发票代码 144031506211\n发票号码 91234561\n壹佰元整\n手续费 5元",
            {"code": "144031506211", "number": "91234561", "amount": "壹佰元整", "location": "广东省"},
            id="labels-beside",
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
def test_what_stands_on_a_quota_invoice(page: str, expected: dict[str, str]) -> None:
    proposals = FieldExtractor().propose(document(page), presets()["quota_invoice"])
    assert {str(p.path[0]): p.text for p in proposals} == expected
    words = document(page).words
    assert all(p.text in "".join(words[i].text for i in p.word_ids) for p in proposals)
