"""PDFs written by hand whose fonts have a ToUnicode map of the test's choice."""

from __future__ import annotations

from tests.files import raw_pdf, stream

HELVETICA = "/Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 6 0 R"


def to_unicode(characters: dict[str, str]) -> str:
    """A ToUnicode map's stream object: the shown character -> the one that the text layer gives."""
    lines = "\n".join(
        f"<{ord(shown):02X}> <{claimed.encode('utf-16-be').hex().upper()}>" for shown, claimed in characters.items()
    )
    return stream(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def /CMapType 2 def\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(characters)} beginbfchar\n{lines}\nendbfchar\nendcmap end end"
    )


def mapped_pdf(content: str, characters: dict[str, str]) -> bytes:
    """A page in Helvetica whose text layer has other characters for some of those that are shown."""
    return raw_pdf(content, font=HELVETICA, objects=(to_unicode(characters),))


def placed_texts(*texts: tuple[float, float, str], size: float = 12.0) -> str:
    """Operators that draw each text at its place, from the bottom left in points."""
    shown = " ".join(f"1 0 0 1 {x:.2f} {y:.2f} Tm ({_escaped(text)}) Tj" for x, y, text in texts)
    return f"\nBT /F1 {size} Tf {shown} ET\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
