"""The bodies of the routes below /ocr, as they are validated and as they are documented."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal, TypeVar

from babel import Locale, UnknownLocaleError
from pydantic import AliasChoices, BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic import Field as Constraint

from schemas.fields import MAX_FIELDS, Field
from service.contract.errors import ApiError
from service.settings import ExtractorName

Include = Literal["words", "alternatives", "evidence", "checks", "pages", "text", "fields"]
MAX_ERRORS = 20
"""Errors that one answer lists."""
SHOWN = 60
"""Characters of a wrong value that an error repeats."""


class ReadRequest(BaseModel):
    """What to read."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    image: str | None = Constraint(
        default=None,
        description="Base64, a `data:` URI or a public URL: JPEG, PNG, GIF, BMP, TIFF, WebP or PDF, at most 10 MB"
        " decoded, 20 pages.",
    )
    image_type: Literal["base64", "url"] = Constraint(
        default="base64",
        alias="imageType",
        validation_alias=AliasChoices("imageType", "image_type"),
        description="How `image` is given; an `image` that begins with http:// or https:// is a URL in any case.",
    )
    pages: str | None = Constraint(
        default=None, max_length=200, description="Pages to read, such as `1-3` or `1,4-`; all by default."
    )


class ExtractRequest(ReadRequest):
    """What to read and which fields to return. Exactly one of `fields`, `templateId` and `autoFields`."""

    fields: list[Field] | None = Constraint(
        default=None, max_length=MAX_FIELDS, description="The fields to return, in this order."
    )
    template_id: str | None = Constraint(
        default=None,
        alias="templateId",
        validation_alias=AliasChoices("templateId", "template_id"),
        description="A preset or a template that you have saved, instead of `fields`; `GET /templates` lists them.",
    )
    auto_fields: bool | None = Constraint(
        default=None,
        alias="autoFields",
        validation_alias=AliasChoices("autoFields", "auto_fields"),
        description="No schema: the label-value pairs and tables of the page itself come back as fields, "
        "and `fields` of the answer is the schema that was found. `false` counts as not given.",
    )
    locale: str | None = Constraint(
        default=None,
        description="BCP 47; settles dates such as 03/04/2024 where the page does not (`en-US`, `de`).",
    )
    extractor: ExtractorName | None = Constraint(
        default=None,
        description="What proposes the values, where your account may choose: `docwitness`, the model that ships,"
        " `layoutlmv3`, a checkpoint of your own, or `llm`, a language model. Whatever it is, only what"
        " stands on the page is grounded.",
    )
    include: list[Include] = Constraint(
        default_factory=list, max_length=20, description="More to return beside the fields."
    )
    prompt: str | None = Constraint(default=None, description="Accepted for compatibility; ignored.")
    language_hints: Any = Constraint(
        default=None,
        alias="languageHints",
        validation_alias=AliasChoices("languageHints", "language_hints"),
        description="Accepted for compatibility; ignored.",
        exclude=True,
    )

    @field_validator("locale")
    @classmethod
    def _is_known(cls, locale: str | None) -> str | None:
        return known_locale(locale)

    @model_validator(mode="after")
    def _names_one_schema(self) -> ExtractRequest:
        options = {"fields": self.fields, "templateId": self.template_id, "autoFields": self.auto_fields}
        given = [name for name, value in options.items() if value is not None and value is not False]
        if len(given) != 1:
            came = "none of them" if not given else " and ".join(given)
            raise ApiError("invalid_request", f"expected exactly one of {', '.join(options)}; {came} came")
        return self


class BoxAnswer(BaseModel):
    """Integers 0 to 1000 of the page, origin top-left."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class PointAnswer(BaseModel):
    """Integers 0 to 1000 of the page, origin top-left."""

    x: int
    y: int


class PlaceAnswer(BaseModel):
    """Another place where a value stands."""

    page: int
    raw_text: str
    bbox: BoxAnswer
    vertices: list[PointAnswer]


class RegionAnswer(BaseModel):
    """A part of a page."""

    page: int
    bbox: BoxAnswer
    vertices: list[PointAnswer]


class EditAnswer(BaseModel):
    """One difference: `value` at `position` of the value as written stands as `found` on the page."""

    position: int
    value: str
    found: str


class EvidenceAnswer(BaseModel):
    """Why a place was chosen, and all that is needed to compute `match_ratio` again."""

    symbols: list[int] = Constraint(description="Ids of the symbols; `words` says which word has which.")
    regions: list[RegionAnswer] = Constraint(description="One for each line that the value stands in, on any page.")
    written: str = Constraint(description="The value as it is written there, NFKC, case folded, without white space.")
    found: str = Constraint(description="The symbols in the same form; of a damaged number its letters and digits.")
    edits: list[EditAnswer] = Constraint(description="What differs between the two.")
    agreement: float = Constraint(description="As match_ratio, but what OCR confuses costs a third of an edit.")
    digits_agree: bool = Constraint(description="Whether no digit is lost, added or another one.")
    hint: float = Constraint(description="What the words that the extractor named add to the place's score.")
    label: float = Constraint(description="How well nearby words name the field, 0 to 1, where that had to decide.")
    row: bool = Constraint(description="Whether other cells of the record stand in the same row.")
    rivals: int = Constraint(description="Other places that are as good.")
    doubtful: bool = Constraint(description="So short a text stands by chance, away from its hint or label.")
    probability: float = Constraint(description="That the value stands at this place.")


class CellAnswer(BaseModel):
    """One value and where it stands."""

    value: str | int | Decimal | bool | None = Constraint(
        description="Typed and normalised: dates ISO 8601, numbers and money JSON numbers with exact decimals."
    )
    raw_text: str | None = Constraint(description="What stands on the page, verbatim.")
    match_ratio: float = Constraint(
        description="1 - edit distance / longer length between value as written and symbols."
    )
    status: Literal["grounded", "uncertain", "not_found"]
    page: int | None
    bbox: BoxAnswer | None
    vertices: list[PointAnswer] = Constraint(description="Clockwise from the text's own top-left corner, or empty.")
    confidence: float = Constraint(description="The probability that the value and its place are both right, 0 to 1.")
    alternatives: list[PlaceAnswer] | None = Constraint(
        default=None, description="Other places where the same value stands; only when asked for."
    )
    evidence: EvidenceAnswer | None = Constraint(
        default=None, description="Why this place was chosen; only when asked for, null when not on the page."
    )


class FindingBoxAnswer(BaseModel):
    """Where one of the values of a check stands."""

    field: str = Constraint(description="Its path, such as `line_items[0].quantity`.")
    page: int
    bbox: BoxAnswer


class FindingAnswer(BaseModel):
    """A check and the fields it looked at."""

    rule: str = Constraint(description="The name of the rule; the API's guide lists them.")
    outcome: Literal["passed", "failed"]
    fields: list[str] = Constraint(description="Paths of the values, such as `line_items[0].quantity`.")
    message: str = Constraint(description="The figures and, where the check failed, the difference.")
    boxes: list[FindingBoxAnswer] = Constraint(description="One for each of the values that stands on a page.")


class UsageAnswer(BaseModel):
    """What the call cost."""

    calls: int
    pages: int


class RowsAnswer(BaseModel):
    """How complete an array is."""

    rows_seen: int = Constraint(description="Rows that the extractor saw on the pages.")
    rows_returned: int = Constraint(description="Rows of which at least one value stands on the page.")


class FieldsAnswer(BaseModel):
    """`data` holds exactly the requested fields, or those that were found; an array is a list of rows of cells."""

    status: Literal["success"]
    requestId: str
    jobId: str | None = Constraint(default=None, description="Where it can be had again; with `retain=true`.")
    fields: list[Field] | None = Constraint(
        default=None,
        description="The schema of `data`, in the form in which it can be sent as `fields`; "
        "with `autoFields`, and when asked for.",
    )
    data: dict[str, CellAnswer | list[dict[str, CellAnswer]]]
    rows: dict[str, RowsAnswer] | None = Constraint(
        default=None, description="Of each array that was asked for, by its name; missing where none was."
    )
    checks: list[FindingAnswer] | None = None
    pages: list[dict[str, Any]] | None = None
    words: list[dict[str, Any]] | None = None
    usage: UsageAnswer


class PreprocessingAnswer(BaseModel):
    """What was done to a picture before it was read; boxes are always those of the page as sent."""

    original_size: tuple[int, int] = Constraint(description="Width and height in pixels, as it came.")
    processed_size: tuple[int, int] = Constraint(description="Width and height in pixels, as it was read.")
    deskew_angle: float = Constraint(description="Degrees by which lines are tilted clockwise; they are read straight.")
    orientation: Literal[0, 90, 180, 270] = Constraint(
        description="Degrees by which the page stood turned clockwise; it is read upright."
    )
    steps: list[str] = Constraint(description="`denoise`, `grayscale`, `clahe`, where they helped.")


class LinesAnswer(BaseModel):
    """The text line by line."""

    lines: list[str]
    confidences: list[float] = Constraint(description="Of each line, 0 to 1, four decimals.")
    mean_confidence: float
    n_segments: int = Constraint(description="The number of lines.")
    preprocessing: PreprocessingAnswer = Constraint(description="Of the first page.")


class TextWordAnswer(BaseModel):
    """A word, or a line of them."""

    text: str
    confidence: float
    bbox: BoxAnswer
    vertices: list[PointAnswer]


class TextLineAnswer(TextWordAnswer):
    """Words that are read together; a table's row is one line for each of its cells."""

    words: list[TextWordAnswer]


class TextPageAnswer(BaseModel):
    """A page; `width` and `height` are pixels (images) or points (PDF)."""

    page: int
    width: float
    height: float
    source: Literal["text_layer", "ocr"]
    preprocessing: PreprocessingAnswer | None = Constraint(description="Null where the PDF's own text was taken.")
    text: str = Constraint(description="Plain text in reading order, one line each.")
    lines: list[TextLineAnswer]


class TextAnswer(BaseModel):
    """Everything that stands on the pages."""

    status: Literal["success"]
    requestId: str
    text: str = Constraint(description="Plain text of all pages, a form feed between two.")
    pages: list[TextPageAnswer]
    usage: UsageAnswer


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str
    message: str
    requestId: str


class ErrorAnswer(BaseModel):
    """Every error of this API."""

    error: ErrorBody
    details: dict[str, Any]


R = TypeVar("R", bound=ReadRequest)
M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], body: object) -> M:
    """The request, or an error that names each wrong property, what was expected and what came.

    Raises:
        ApiError: `validation_failed` or `invalid_request`.
    """
    if not isinstance(body, dict):
        raise ApiError("invalid_request", f"expected a JSON object; a {_kind(body)} came")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[:MAX_ERRORS]
        errors = [{"path": _path(e["loc"]), "message": _message(dict(e))} for e in wrong]
        first = errors[0]
        raise ApiError("validation_failed", f"{first['path']}: {first['message']}", {"errors": errors}) from None


def _path(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "body"


def _message(error: dict[str, Any]) -> str:
    came = error.get("input")
    match error["type"]:
        case "enum" | "literal_error":
            return f"expected {error['ctx']['expected']}; came {_shown(came)}"
        case "missing":
            return "is required and missing"
        case "extra_forbidden":
            return "is not a known property; remove it, or check its spelling in /docs"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            message = re.sub(r"^Input should be", "expected", error["msg"])
            return f"{message[0].lower()}{message[1:]}; came {_shown(came)}"


def known_locale(locale: str | None) -> str | None:
    """The locale itself.

    Raises:
        ValueError: Babel does not know it.
    """
    if locale is not None:
        try:
            Locale.parse(locale.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            raise ValueError(f"expected a BCP 47 locale such as 'en-US' or 'de'; came {_shown(locale)}") from None
    return locale


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return f"a {_kind(value)}"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _kind(value: object) -> str:
    names = {dict: "object", list: "list", str: "string", type(None): "null", bool: "boolean"}
    return names.get(type(value), "number")
