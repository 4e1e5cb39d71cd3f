"""Request and response bodies of the routes under /ocr."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, TypeVar

from babel import Locale, UnknownLocaleError
from pydantic import AliasChoices, BaseModel, ConfigDict, SecretStr, ValidationError, field_validator, model_validator
from pydantic import Field as Constraint

from schemas.fields import MAX_FIELDS, Field
from schemas.own_party import OwnParty
from service.contract.errors import ApiError, invalid_properties
from service.property_errors import kind_of, property_errors, quoted
from service.settings import ExtractorName

Include = Literal["words", "alternatives", "evidence", "checks", "pages", "text", "codes", "marks", "fields"]
MAX_PASSWORD_CHARACTERS = 500
"""More than the 127 bytes that a PDF's password may have (ISO 32000-2, section 7.6.4.3)."""
MAX_LISTED_ERRORS = 20
"""Invalid properties that one response lists; more would not help anyone fix them."""


class ReadRequest(BaseModel):
    """A document to read."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    image: str | None = Constraint(
        default=None,
        description="The document as base64, as a `data:` URI, or as a public URL. JPEG, PNG, GIF, BMP, TIFF, WebP,"
        " HEIC, AVIF, JPEG 2000, PDF or, where LibreOffice is installed, an Office file; by default at most 10 MB"
        " decoded and 20 pages.",
    )
    image_type: Literal["base64", "url"] = Constraint(
        default="base64",
        alias="imageType",
        validation_alias=AliasChoices("imageType", "image_type"),
        description="The form of `image`. An `image` that begins with http:// or https:// is always read as a URL.",
    )
    pages: str | None = Constraint(
        default=None, max_length=200, description="Pages to read, such as `1-3` or `1,4-`. All pages by default."
    )
    password: SecretStr | None = Constraint(
        default=None,
        max_length=MAX_PASSWORD_CHARACTERS,
        description="The password that opens the document, if it is an encrypted PDF. It is neither logged nor returned"
        " nor kept; a job keeps it encrypted until the document is read.",
        exclude=True,  # so that nothing that is made of a request holds it
    )

    @property
    def plain_password(self) -> str | None:
        """The password itself, or None if there is none."""
        return (self.password.get_secret_value() or None) if self.password else None


class MarkdownRequest(ReadRequest):
    """A document to write as Markdown."""

    include: list[Literal["blocks"]] = Constraint(
        default_factory=list,
        max_length=20,
        description="`blocks` also returns each heading, paragraph, item, row and table by itself, with its place.",
    )


class ExtractRequest(ReadRequest):
    """A document to read and one of `fields`, `templateId` and `autoFields`."""

    fields: list[Field] | None = Constraint(
        default=None, max_length=MAX_FIELDS, description="The fields to return. The response keeps their order."
    )
    template_id: str | None = Constraint(
        default=None,
        alias="templateId",
        validation_alias=AliasChoices("templateId", "template_id"),
        description="Id of a preset or of a template that you have saved, instead of `fields`; `GET /templates` lists"
        " both.",
    )
    auto_fields: bool | None = Constraint(
        default=None,
        alias="autoFields",
        validation_alias=AliasChoices("autoFields", "auto_fields"),
        description="`true` returns the page's own label-value pairs and tables, without a schema; `fields` of the"
        " response is the schema that was found. `false` counts as absent.",
    )
    locale: str | None = Constraint(
        default=None,
        description="BCP 47 locale, such as `en-US` or `de`; settles dates such as 03/04/2024 if the page does not.",
    )
    own: OwnParty | None = Constraint(
        default=None,
        description="Who you are, by `name`, `vatId` or both. You are then never the supplier of what you buy, nor the"
        " customer of what you sell.",
    )
    extractor: ExtractorName | None = Constraint(
        default=None,
        description="The extractor to use, if your account may choose: `docwitness`, the model that ships;"
        " `layoutlmv3`, a checkpoint of your own; or `llm`, a language model. With any of them, a value is grounded"
        " only if it is printed on the page.",
    )
    include: list[Include] = Constraint(
        default_factory=list,
        max_length=20,
        description="What to return in addition to the fields' values: `words`, each word of the document with its box;"
        " `alternatives`, other places where a value is printed and other readings of its text; `evidence`, why a place"
        " was chosen; `checks`, findings on arithmetic, dates and check digits; `pages`, the pages that were read;"
        " `text`, those with their plain text; `codes`, bar codes and QR codes with what they say; `marks`, each tick"
        " box and radio button with its state, box and label; `fields`, the schema of `data`.",
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
            got = "none of them" if not given else " and ".join(given)
            raise ApiError("invalid_request", f"expected exactly one of {', '.join(options)}, got {got}")
        return self


class BoxAnswer(BaseModel):
    """An upright box on a grid of 0 to 1000 across and down the page, origin top left."""

    xmin: int = Constraint(description="Left edge.")
    ymin: int = Constraint(description="Top edge.")
    xmax: int = Constraint(description="Right edge.")
    ymax: int = Constraint(description="Bottom edge.")


class PointAnswer(BaseModel):
    """A point on a grid of 0 to 1000 across and down the page, origin top left."""

    x: int = Constraint(description="From the left edge of the page.")
    y: int = Constraint(description="From the top edge of the page.")


class PlaceAnswer(BaseModel):
    """Another place of a value, or another value that the cell's own text can mean."""

    value: str | int | Decimal | bool | None = Constraint(
        description="The value here: that of the cell at another place, one of its readings at the cell's own place."
    )
    page: int = Constraint(description="Page number from 1.")
    raw_text: str = Constraint(description="The text as it is printed there.")
    bbox: BoxAnswer = Constraint(description="Upright box around the text.")
    vertices: list[PointAnswer] = Constraint(description="Corners, clockwise from the text's own top left.")


class RegionAnswer(BaseModel):
    """A part of a page."""

    page: int = Constraint(description="Page number from 1.")
    bbox: BoxAnswer = Constraint(description="Upright box around the text.")
    vertices: list[PointAnswer] = Constraint(description="Corners, clockwise from the text's own top left.")


class EditAnswer(BaseModel):
    """One difference between the value as written and the text on the page."""

    position: int = Constraint(description="Position in `written`, from 0.")
    value: str = Constraint(description="Characters of the value.")
    found: str = Constraint(description="Characters on the page.")


class EvidenceAnswer(BaseModel):
    """Why a place was chosen, with everything needed to recompute `match_ratio`."""

    symbols: list[int] = Constraint(
        description="Ids of the symbols found, counted through the document; each entry of `words` names its own."
    )
    regions: list[RegionAnswer] = Constraint(
        description="One region for each line of the value, on any page; a tick box is the first."
    )
    written: str = Constraint(description="The value as written: NFKC-normalised, case folded, no white space.")
    found: str = Constraint(description="The symbols in the same form; letters and digits only for a damaged number.")
    edits: list[EditAnswer] = Constraint(description="Differences between `written` and `found`.")
    agreement: float = Constraint(
        description="Like `match_ratio`, but characters that OCR often confuses cost a third of an edit."
    )
    digits_agree: bool = Constraint(description="Whether all digits agree: none lost, added or replaced.")
    hint: float = Constraint(description="Score added because the extractor named words at this place.")
    label: float = Constraint(description="How well nearby words name the field, 0 to 1; 0 if not needed to choose.")
    row: bool = Constraint(description="Whether other cells of the same record are printed in the same row.")
    rivals: int = Constraint(description="Number of other places that are just as good.")
    doubtful: bool = Constraint(
        description="Whether the text is so short that it may be here by chance, or a mark or code may mean something"
        " else."
    )
    probability: float = Constraint(description="Probability that this is the value's place, 0 to 1.")


class SearchedAnswer(BaseModel):
    """The pages on which a value may have been overlooked."""

    poorly_read: list[int] = Constraint(description="Numbers of the pages of which many letters are uncertain.")


class CellAnswer(BaseModel):
    """One value and the place where it is printed."""

    value: str | int | Decimal | bool | None = Constraint(
        description="The typed value: dates as ISO 8601 strings, numbers and money as JSON numbers with exact decimals."
        " Null if not found."
    )
    raw_text: str | None = Constraint(
        description="The text as it is printed on the page; for a tick box its label, null if it has none; for a code"
        " what it says. Null if not found."
    )
    match_ratio: float = Constraint(
        description="1 - edit distance / length of the longer text, between the value as written and the symbols found;"
        " 0 if not found."
    )
    status: Literal["grounded", "uncertain", "not_found"] = Constraint(
        description="`grounded`: the value is printed at this place, or a mark or code there states it. `uncertain`:"
        " the text at this place differs or may mean something else. `not_found`: no place was found."
    )
    page: int | None = Constraint(description="Page number from 1, in the document as sent. Null if not found.")
    bbox: BoxAnswer | None = Constraint(description="Upright box around the text, mark or code. Null if not found.")
    vertices: list[PointAnswer] = Constraint(
        description="Four corners that follow the text's tilt, clockwise from its own top left; empty if not found."
    )
    confidence: float = Constraint(description="Probability that the value and its place are both right, 0 to 1.")
    alternatives: list[PlaceAnswer] | None = Constraint(
        default=None,
        description='Other places where the same value is printed; with `include: ["alternatives"]`. If the text can'
        " mean several values and nothing in the document decides, as with `3/4/2026`, all its readings come first.",
    )
    evidence: EvidenceAnswer | None = Constraint(
        default=None, description='Why this place was chosen; with `include: ["evidence"]`, null if not found.'
    )
    searched: SearchedAnswer | None = Constraint(
        default=None, description="Only if the value was not found and some page was read poorly."
    )


class FindingBoxAnswer(BaseModel):
    """The place of one of a check's values."""

    field: str = Constraint(description="Path of the value, such as `line_items[0].quantity`.")
    page: int = Constraint(description="Page number from 1.")
    bbox: BoxAnswer = Constraint(description="Upright box around the value.")


class FindingAnswer(BaseModel):
    """The outcome of a check and the values that it compared."""

    rule: str = Constraint(description="Name of the rule, such as `total_is_net_plus_tax`; the API guide lists all.")
    outcome: Literal["passed", "failed"] = Constraint(description="Whether the values agree.")
    fields: list[str] = Constraint(description="Paths of the values, such as `line_items[0].quantity`.")
    message: str = Constraint(description="The figures and, if the check failed, the difference.")
    boxes: list[FindingBoxAnswer] = Constraint(description="One box for each value that was found on a page.")


class PaymentAnswer(BaseModel):
    """The payment of a Swiss QR-bill or an EPC code; null for what the code leaves open."""

    iban: str = Constraint(description="The creditor's account, without spaces; its check digits are right.")
    creditor: str | None = Constraint(description="The creditor's name.")
    address: str | None = Constraint(description="The creditor's address, in one line.")
    amount: Decimal | None = Constraint(description="The amount.")
    currency: str | None = Constraint(description="ISO 4217 code of the amount's currency.")
    reference: str | None = Constraint(description="QR reference or creditor reference, without spaces.")
    message: str | None = Constraint(description="Text for the creditor.")
    bic: str | None = Constraint(description="BIC of the creditor's bank.")


class CodeAnswer(BaseModel):
    """A bar code or two-dimensional code."""

    page: int = Constraint(description="Page number from 1.")
    format: str = Constraint(description="Kind of code, such as `QRCode`, `EAN13`, `Code128` or `DataMatrix`.")
    text: str = Constraint(description="What the code says.")
    bbox: BoxAnswer = Constraint(description="Upright box around the code.")
    vertices: list[PointAnswer] = Constraint(description="Corners, clockwise from the code's own top left.")
    payment: PaymentAnswer | None = Constraint(description="The payment it asks for; null for other codes.")


class UsageAnswer(BaseModel):
    """Calls and pages that the request used."""

    calls: int = Constraint(description="Calls counted for this request: 1.")
    pages: int = Constraint(description="Pages read.")


class RowsAnswer(BaseModel):
    """Counts of an array's rows, seen and returned."""

    rows_seen: int = Constraint(description="Rows that the extractor saw on the pages.")
    rows_returned: int = Constraint(description="Rows returned: those with at least one value found on the page.")


class MarkAnswer(BaseModel):
    """A tick box or radio button."""

    state: Literal["empty", "ticked", "unclear"] = Constraint(description="What it says; `unclear` if it is smudged.")
    shape: Literal["box", "circle", "text"] = Constraint(
        description="Drawn as a box or a circle, or set as characters such as `[x]`."
    )
    label: str = Constraint(description="The words next to it; empty if there are none.")
    name: str | None = Constraint(description="Name of the PDF form's field. Null if the file has none.")
    confidence: float = Constraint(description="Probability that the state is right; 1 if a form's own data say so.")
    bbox: BoxAnswer = Constraint(description="Upright box around it, without its label.")
    vertices: list[PointAnswer] = Constraint(description="Corners, clockwise from its top left as its label is read.")


class PageMarkAnswer(MarkAnswer):
    """A tick box or radio button of a document."""

    page: int = Constraint(description="Page number from 1.")


class FieldsAnswer(BaseModel):
    """The fields of one document."""

    status: Literal["success"]
    requestId: str = Constraint(description="Id of the request, also in the header `X-Request-Id`.")
    jobId: str | None = Constraint(
        default=None, description="With `retain=true`: the job that keeps the document and this response."
    )
    fields: list[Field] | None = Constraint(
        default=None,
        description='The schema of `data`, ready to be sent as `fields`; with `autoFields` or `include: ["fields"]`.',
    )
    data: dict[str, CellAnswer | list[dict[str, CellAnswer | list[dict[str, CellAnswer]]]]] = Constraint(
        description="Exactly the requested fields in the requested order, or with `autoFields` those that were found."
        " An array is a list of rows, whose columns are cells or, once more, arrays."
    )
    rows: dict[str, RowsAnswer] | None = Constraint(
        default=None, description="Row counts of each requested array, by name; absent if no array was requested."
    )
    checks: list[FindingAnswer] | None = Constraint(default=None, description='With `include: ["checks"]`.')
    pages: list[dict[str, Any]] | None = Constraint(
        default=None, description='With `include: ["pages"]`, and with their plain text with `"text"`.'
    )
    words: list[dict[str, Any]] | None = Constraint(default=None, description='With `include: ["words"]`.')
    codes: list[CodeAnswer] | None = Constraint(default=None, description='With `include: ["codes"]`.')
    marks: list[PageMarkAnswer] | None = Constraint(default=None, description='With `include: ["marks"]`.')
    usage: UsageAnswer = Constraint(description="Calls and pages that the request used.")


class PreprocessingAnswer(BaseModel):
    """Preparation of a picture for reading; boxes always refer to the page as sent."""

    original_size: tuple[int, int] = Constraint(description="Width and height in pixels, as received.")
    processed_size: tuple[int, int] = Constraint(description="Width and height in pixels, as read.")
    deskew_angle: float = Constraint(description="Clockwise tilt of the lines in degrees, corrected before reading.")
    orientation: Literal[0, 90, 180, 270] = Constraint(
        description="Clockwise rotation of the page in degrees, corrected before reading."
    )
    steps: list[str] = Constraint(description="Applied steps: any of `denoise`, `grayscale` and `clahe`.")


class TextWordAnswer(BaseModel):
    """A word with its place."""

    text: str = Constraint(description="The text.")
    confidence: float = Constraint(description="Confidence of the reading, 0 to 1; 1 for a PDF's own text.")
    bbox: BoxAnswer = Constraint(description="Upright box around the text.")
    vertices: list[PointAnswer] = Constraint(description="Corners, clockwise from the text's own top left.")


class TextLineAnswer(TextWordAnswer):
    """Words that are read together; in a table, each cell is a line of its own."""

    words: list[TextWordAnswer] = Constraint(description="The words of the line.")


class TextPageAnswer(BaseModel):
    """A page; `width` and `height` are pixels (images) or points (PDF)."""

    page: int = Constraint(description="Page number from 1.")
    width: float = Constraint(description="Width in pixels (pictures) or points (PDF).")
    height: float = Constraint(description="Height in the same unit.")
    source: Literal["text_layer", "ocr"] = Constraint(description="The PDF's own text, or text read by OCR.")
    preprocessing: PreprocessingAnswer | None = Constraint(description="Null if the PDF's own text was used.")
    text: str = Constraint(description="Plain text in reading order, one text line per line.")
    lines: list[TextLineAnswer] = Constraint(description="Lines in reading order.")
    marks: list[MarkAnswer] = Constraint(description="Tick boxes and radio buttons, from the top to the bottom.")


class TextAnswer(BaseModel):
    """All text of a document."""

    status: Literal["success"]
    requestId: str = Constraint(description="Id of the request, also in the header `X-Request-Id`.")
    text: str = Constraint(description="Plain text of all pages, separated by form feeds.")
    pages: list[TextPageAnswer] = Constraint(description="The pages that were read.")
    usage: UsageAnswer = Constraint(description="Calls and pages that the request used.")


class MarkdownCellAnswer(BaseModel):
    """A cell of a table or row with its place."""

    text: str = Constraint(description="Plain text; empty if nothing is printed.")
    bbox: BoxAnswer | None = Constraint(description="Upright box around the text. Null if nothing is printed.")
    vertices: list[PointAnswer] = Constraint(description="Corners, clockwise from the text's own top left.")


class MarkdownBlockAnswer(BaseModel):
    """A part of a page with its place."""

    kind: Literal["heading", "paragraph", "list_item", "row", "table"] = Constraint(description="Kind of block.")
    markdown: str = Constraint(description="The block's Markdown.")
    bbox: BoxAnswer = Constraint(description="Upright box around the block.")
    vertices: list[PointAnswer] = Constraint(description="Corners, clockwise from the text's own top left.")
    cells: list[list[MarkdownCellAnswer]] | None = Constraint(
        description="Rows of cells; null except for a table or row."
    )


class MarkdownPageAnswer(BaseModel):
    """A page as Markdown."""

    page: int = Constraint(description="Page number from 1.")
    markdown: str = Constraint(description="The page's Markdown.")
    blocks: list[MarkdownBlockAnswer] | None = Constraint(
        default=None, description='The page\'s blocks in reading order; with `include: ["blocks"]`.'
    )


class MarkdownAnswer(BaseModel):
    """A document as Markdown."""

    status: Literal["success"]
    requestId: str = Constraint(description="Id of the request, also in the header `X-Request-Id`.")
    markdown: str = Constraint(description="Markdown of all pages, separated by thematic breaks.")
    pages: list[MarkdownPageAnswer] = Constraint(description="The pages that were read.")
    usage: UsageAnswer = Constraint(description="Calls and pages that the request used.")


class ErrorBody(BaseModel):
    """The error's code and message."""

    code: str = Constraint(description="Stable code for programs, such as `validation_failed`.")
    message: str = Constraint(description="What was expected, what was received and what to do.")
    requestId: str = Constraint(description="Id to report, also in the header `X-Request-Id`.")


class ErrorAnswer(BaseModel):
    """The envelope of every error."""

    error: ErrorBody = Constraint(description="Code, message and request id.")
    details: dict[str, Any] = Constraint(
        description="For `validation_failed`: `errors`, a list of `path` and `message` for each invalid property."
    )


R = TypeVar("R", bound=ReadRequest)
M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], body: object) -> M:
    """Validate a request's body.

    Args:
        model: the body's model.
        body: the parsed body.

    Raises:
        ApiError: `validation_failed`, listing each invalid property, or `invalid_request`.
    """
    if not isinstance(body, dict):
        raise ApiError("invalid_request", f"expected a JSON object, got a {kind_of(body)}")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise invalid_properties(property_errors(error, "body")[:MAX_LISTED_ERRORS]) from None


def known_locale(locale: str | None) -> str | None:
    """Return the locale if it is known.

    Raises:
        ValueError: if Babel does not know it.
    """
    if locale is not None:
        try:
            Locale.parse(locale.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            raise ValueError(f"expected a BCP 47 locale such as 'en-US' or 'de', got {quoted(locale)}") from None
    return locale
