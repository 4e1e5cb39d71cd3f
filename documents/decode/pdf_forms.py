"""Read the fields of a PDF's form with PDFium: tick boxes, radio buttons and filled text.

They must be read before a page is flattened, which draws their appearance into the page and removes them.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.decode.pdf_page import Transform, transform_of
from schemas.geometry import Box, quad_of
from schemas.marks import FormEntry, Mark, MarkShape, MarkState

MAX_FORM_FIELDS = 2000
"""Annotations looked at per page; the fullest tax forms have a few hundred fields."""
MAX_TEXT_UNITS = 50_000
"""Longest name or value that is read, in UTF-16 units; longer ones count as missing."""
_TEXT_FIELDS = (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
_BUTTONS = {
    pdfium_c.FPDF_FORMFIELD_CHECKBOX: MarkShape.BOX,
    pdfium_c.FPDF_FORMFIELD_RADIOBUTTON: MarkShape.CIRCLE,
}
_PASSWORD_FLAG = 1 << 13
"""Bit 14 of a text field's flags (PDF 32000-1, table 228): its text is shown as dots."""
_WORD_BORDERS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\s]+")
_INDEX = re.compile(r"\[\d+\]$")
"""The occurrence number that forms made with XFA append to names, as in `surname[0]`."""
_Getter = Callable[..., int]


class FormFields(NamedTuple):
    """The fields of one page."""

    marks: tuple[Mark, ...] = ()
    """Tick boxes and radio buttons, without labels."""
    entries: tuple[FormEntry, ...] = ()
    """Fields that are filled with text."""


def form_fields(page: pdfium.PdfPage) -> FormFields:
    """Return the visible fields of a page that is not yet flattened.

    Args:
        page: the page, of a document whose forms were initialised.
    """
    environment = page.pdf.formenv.raw if page.pdf.formenv else None
    to_page = transform_of(page)
    marks: list[Mark] = []
    entries: list[FormEntry] = []
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page), MAX_FORM_FIELDS)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            item = _field(environment, annotation, to_page)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)
        if isinstance(item, Mark):
            marks.append(item)
        elif item is not None:
            entries.append(item)
    return FormFields(tuple(marks), tuple(entries))


def readable_name(name: str) -> str:
    """Return a field's name as words.

    Args:
        name: the fully qualified name, such as `form1[0].applicant.dateOfBirth[0]`, which becomes `date Of Birth`.
    """
    last = _INDEX.sub("", name.rstrip(".").rpartition(".")[2])
    return " ".join(filter(None, _WORD_BORDERS.split(last)))


def _field(environment: Any, annotation: Any, to_page: Transform) -> Mark | FormEntry | None:
    """Return a field that is visible and, if it holds text, filled."""
    hidden = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
    if pdfium_c.FPDFAnnot_GetSubtype(annotation) != pdfium_c.FPDF_ANNOT_WIDGET:
        return None
    if pdfium_c.FPDFAnnot_GetFlags(annotation) & hidden:
        return None
    box = _box(annotation, to_page)
    if box is None:
        return None
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(environment, annotation) if environment else -1
    if shape := _BUTTONS.get(kind):
        ticked = bool(pdfium_c.FPDFAnnot_IsChecked(environment, annotation))
        return Mark(quad_of(box), _state(ticked), shape, 1.0, name=_name(environment, annotation))
    if kind in _TEXT_FIELDS:
        secret = pdfium_c.FPDFAnnot_GetFormFieldFlags(environment, annotation) & _PASSWORD_FLAG
        filled = not secret and _text(pdfium_c.FPDFAnnot_GetFormFieldValue, environment, annotation).strip()
        name = _name(environment, annotation)
        return FormEntry(name, quad_of(box)) if filled and name else None
    if kind <= 0:
        return _orphan(annotation, box)
    return None


def _orphan(annotation: Any, box: Box) -> Mark | None:
    """Return a button that the form's list of fields lacks, judged by the appearance it shows."""
    if _dictionary_text(annotation, b"FT") != "Btn":
        return None
    state = _dictionary_text(annotation, b"AS")
    if not state:
        return None  # a push button has only one appearance
    return Mark(quad_of(box), _state(state != "Off"), MarkShape.BOX, 1.0, name=_readable(annotation))


def _readable(annotation: Any) -> str:
    return _dictionary_text(annotation, b"TU") or readable_name(_dictionary_text(annotation, b"T"))


def _state(ticked: bool) -> MarkState:
    return MarkState.TICKED if ticked else MarkState.EMPTY


def _box(annotation: Any, to_page: Transform) -> Box | None:
    """Return the visible part of a field in page fractions; None if nothing of it is visible."""
    rect = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFAnnot_GetRect(annotation, rect):
        return None
    shown = to_page.box(rect.left, rect.top, rect.right, rect.bottom)
    box = Box(*(min(1.0, max(0.0, edge)) for edge in shown))
    return box if box.width > 0 and box.height > 0 else None


def _name(environment: Any, annotation: Any) -> str:
    """Return the field's text for readers or, without one, its name as words."""
    alternate = _text(pdfium_c.FPDFAnnot_GetFormFieldAlternateName, environment, annotation).strip()
    return alternate or readable_name(_text(pdfium_c.FPDFAnnot_GetFormFieldName, environment, annotation))


def _text(getter: _Getter, environment: Any, annotation: Any) -> str:
    """Call one of PDFium's functions for a field's text."""
    return _utf16(lambda buffer, size: getter(environment, annotation, buffer, size))


def _dictionary_text(annotation: Any, key: bytes) -> str:
    """Return a string or name of the annotation's own dictionary."""
    return _utf16(lambda buffer, size: pdfium_c.FPDFAnnot_GetStringValue(annotation, key, buffer, size))


def _utf16(call: _Getter) -> str:
    """Return the text that a function writes into a buffer; without one it returns its size."""
    size = min(call(None, 0), 2 * MAX_TEXT_UNITS)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    if call(buffer, size) > size:
        return ""  # too long: PDFium writes nothing then
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
