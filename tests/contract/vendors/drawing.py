"""Chinese quota invoices, drawn."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.packages import install

_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
_INK, _RED, _PAPER = (40, 40, 60), (170, 30, 30), (250, 247, 240)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    if not _FONT.exists():
        install("fonts-wqy-zenhei")
    return ImageFont.truetype(str(_FONT), size)


def quota_invoice(
    title: str = "广东省国家税务局通用定额发票",
    code: str = "144031506211",
    number: str = "91234561",
    amount: str = "壹佰元整",
    style: int = 0,
) -> Image.Image:
    """Draw one of three arrangements: labels next to their values, with a colon, or both in one row."""
    image = Image.new("RGB", (900, 520), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((450, 60), title, font=_font(38), fill=_RED, anchor="mm")
    draw.text((450, 110), "发票联", font=_font(28), fill=_RED, anchor="mm")
    if style == 0:
        for y, label, value in ((160, "发票代码", code), (205, "发票号码", number)):
            draw.text((520, y), label, font=_font(24), fill=_INK)
            draw.text((640, y), value, font=_font(26), fill=_RED)
    elif style == 1:
        draw.text((60, 160), f"发票代码：{code}", font=_font(26), fill=_INK)
        draw.text((60, 205), f"发票号码：{number}", font=_font(26), fill=_RED)
    else:
        draw.text((60, 160), f"发票代码 {code}", font=_font(24), fill=_INK)
        draw.text((480, 160), f"发票号码 {number}", font=_font(24), fill=_RED)
    draw.text((450, 300), amount, font=_font(56), fill=_INK, anchor="mm")
    draw.text((60, 390), "收款单位（盖章有效）", font=_font(22), fill=_INK)
    return image
