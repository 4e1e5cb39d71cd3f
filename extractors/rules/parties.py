"""Sender and recipient of a document, from blocks of lines that are names and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from rapidfuzz import fuzz

from extractors.rules.candidates import TypedCandidates
from extractors.rules.grid import Grid, GridCell
from schemas.normalise import countries, dates
from schemas.normalise.characters import fold_text, squash
from schemas.own_party import OwnParty
from schemas.vocabulary import Kind, Role, meaning

MAX_BLOCK_GAP_LINE_HEIGHTS = 1.3
"""Lines of one block are closer than this."""
SAME_EDGE_PAGE_WIDTHS = 0.012
"""Edges or centres of one block's lines differ by less than this."""
MAX_NAME_WORDS = 8
"""A line with more words is a sentence, not a name."""
PURCHASE_PRIOR = 0.4
"""Added to the score of the caller's name as the recipient's."""
MIN_SENDER_SCORE = 0.3
"""Minimum score for which the caller counts as the sender of a document."""
MAX_DOMAINS = 20
"""A document with more different domains is a list of them, which says nothing about its sender."""
MAX_ADDRESS_LINES = 8
"""No postal address is longer."""
_NOT_IN_ADDRESSES = frozenset({"registration", "phone", "email", "date", "invoice", "receipt", "contact", "due"})
_PARTY = frozenset({"seller", "buyer", "ship", "billing"})

_LEGAL_FORM = re.compile(
    r"(?<!\w)(?:GmbH|mbH|S/B|AG|KG|OHG|UG|SE|e\.?\s?K\.?|e\.V\.|GbR|Ltd\.?|Limited|LLC|L\.L\.C\.|LLP|PLC|Inc\.?|Corp\.?|Corporation|Company|"
    r"Co\.?|SARL|S\.A\.R\.L\.?|SASU?|EURL|S\.?A\.?|S\.?L\.?U?\.?|S\.?r\.?l\.?|S\.?p\.?A\.?|B\.?V\.?|N\.?V\.?|V\.?O\.?F\.?|sp\.?\s?z\s?o\.?\s?o\.?|"
    r"Sdn\.?\s?Bhd\.?|Bhd\.?|Pty|Pvt|ApS|A/S|AB|Oy|AS|Lda\.?|Ltda\.?|Group|Enterprise|Trading|Holding|Services)(?!\w)",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"stra(?:ß|ss)e|str\.|(?<!\w)(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|dr\.?|boulevard|blvd\.?|suite|floor|building|"
    r"rue|chemin|place|impasse|allée|calle|avda\.?|plaza|via|viale|piazza|corso|weg|platz|allee|gasse|ring|damm|laan|straat|plein|"
    r"ul\.|jalan|jln|lorong|taman|no\.|lot|block|p\.?\s?o\.?\s?box|postfach)(?!\w)",
    re.IGNORECASE,
)
_POSTAL = re.compile(
    r"(?<!\w)(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?\s+[^\W\d]|(?<!\w)\d{4}\s?[A-Z]{2}(?!\w)|[A-Z]{2}\s+\d{5}(?!\d)|(?<!\w)[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}(?!\w)"
)
_SEPARATOR = re.compile(r",\s|\s[•·∙|–—-]\s")
_REACH = re.compile(
    r"@|www\.|https?:|(?<!\w)(?:tel|fon|phone|fax|mobile?|telefon|e-?mail|iban|bic|swift)(?!\w)", re.IGNORECASE
)


class Side(StrEnum):
    """A party's part in a document; roles of names and addresses begin with it."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    SHIPPING = "shipping"

    @classmethod
    def of(cls, role: Role) -> Side:
        """Return the side of a role of a name or an address."""
        return cls(role.name.partition("_")[0])


@dataclass(eq=False)
class Block:
    """Lines that belong together, from top to bottom."""

    cells: list[GridCell] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines' texts, separated by spaces."""
        return " ".join(c.text for c in self.cells)


@dataclass(frozen=True)
class NameCandidate:
    """A line, or the part of it after a label, that could be a name.

    `line` counts the lines of its block from 0; `heading` holds the concepts of its label.
    """

    cell: GridCell
    start: int
    end: int
    block: Block
    line: int
    heading: frozenset[str]
    wrapped: GridCell | None = None
    """The next line, if it begins with a legal form, which shows that the name continues there."""

    @property
    def text(self) -> str:
        """The name, with the start of the next line if it is wrapped."""
        text = self.cell.text[self.start : self.end]
        return f"{text} {self._rest()}" if self.wrapped else text

    @property
    def word_ids(self) -> tuple[int, ...]:
        """The ids of the name's words."""
        words = self.cell.words_between(self.start, self.end)
        if self.wrapped:
            words += self.wrapped.words_between(0, len(self._rest()))
        return tuple(w.id for w in words)

    def _rest(self) -> str:
        return self.wrapped.text[: next(_name_ends(self.wrapped.text, 0))] if self.wrapped else ""


class Parties:
    """The blocks of a document, and its lines scored as names."""

    def __init__(self, grid: Grid, candidates: TypedCandidates, own: OwnParty | None = None) -> None:
        self._grid = grid
        self._own = own
        texts = [c.text for kind in (Kind.EMAIL, Kind.WEBSITE) for c in candidates.by_kind[kind]]
        hosts = [re.sub(r"^(?:https?://)?(?:www\.)?", "", text.split("@")[-1]) for text in texts]
        self._domains = list(dict.fromkeys(fold_text(host).split(".")[0] for host in hosts))[:MAX_DOMAINS]
        self.blocks = list(_blocks(grid))
        self.names = [name for block in self.blocks for name in self._names(block)]
        self._all_text = "\n".join(fold_text(c.text) for c in grid.cells)

    def _names(self, block: Block) -> Iterator[NameCandidate]:
        heading = self._heading(block)
        position = 0
        for number, cell in enumerate(block.cells[:6]):
            label, start = _label_prefix(cell.text)
            about = meaning(label).concepts if label else frozenset[str]()
            if about & _PARTY and start >= len(cell.text):  # a heading inside the block
                heading, position = about, 0
                continue
            if about and not about & (_PARTY | {"name", "contact"}):
                continue  # a labelled number says nothing about the lines around it
            for end in _name_ends(cell.text, start):
                if _can_be_name(cell.text[start:end]):
                    below = block.cells[number + 1] if number + 1 < len(block.cells) else None
                    wrapped = (
                        below if below and end == len(cell.text) and _name_continues(cell.text, below.text) else None
                    )
                    yield NameCandidate(cell, start, end, block, position, (about & _PARTY) or heading, wrapped)
                    break
            position += 1
            if number + 1 < len(block.cells) and _is_return_address(cell.text):
                heading, position = frozenset({"buyer"}), 0  # the recipient is below, in an envelope's window

    def _heading(self, block: Block) -> frozenset[str]:
        """Return the concepts of the line above the block, if it is close and names a party."""
        first = block.cells[0]
        for other in self._grid.above(first, rows=3):
            if first.top - other.bottom < 2.2 * first.height and len(other.line.words) <= 5:
                concepts = meaning(other.text).concepts
                if concepts & {"seller", "buyer", "ship", "billing", "contact", "payment", "bank"}:
                    return concepts
            break
        return frozenset()

    def is_own(self, name: NameCandidate) -> bool:
        """Return whether a name is the caller's, by itself or by the VAT number in its block."""
        if self._own is None:
            return False
        return self._own.has_name(name.text) or (
            name.line == 0 and any(self._own.has_vat_id(cell.text) for cell in name.block.cells)
        )

    @cached_property
    def own_side(self) -> Side | None:
        """The caller's side, supplier or customer; None if the document does not name them.

        Callers read what they receive far more often than what they send.
        """
        own = [name for name in self.names if self.is_own(name)]
        if not own:
            return None
        bought = max(map(self._customer_score, own)) + PURCHASE_PRIOR
        sold = max(map(self._supplier_score, own))
        return Side.SUPPLIER if sold > max(bought, MIN_SENDER_SCORE) else Side.CUSTOMER

    def may_be(self, side: Side, name: NameCandidate) -> bool:
        """Return whether a name may be a side's, given who the caller is."""
        if self.own_side is None or side is Side.SHIPPING:
            return True
        return (self.own_side is side) == self.is_own(name)

    @cached_property
    def own_words(self) -> frozenset[int]:
        """The words of the caller's names."""
        return frozenset(word for name in self.names if self.is_own(name) for word in name.word_ids)

    @cached_property
    def words_of_others(self) -> dict[Side, frozenset[int]]:
        """The words of names and addresses that cannot be those of a side, by side."""
        return {
            side: frozenset(
                word.id
                for name in self.names
                if not self.may_be(side, name) and (self.is_own(name) or name.line == 0)
                for cell in (name.cell, *self.address_after(name))
                for word in cell.line.words
            )
            for side in (Side.SUPPLIER, Side.CUSTOMER)
        }

    @cached_property
    def supplier(self) -> tuple[float, NameCandidate] | None:
        """The likeliest sender with its score; ties go to the first on the page."""
        return max(self.scored(Side.SUPPLIER), key=lambda s: s[0], default=None)

    @cached_property
    def customer(self) -> tuple[float, NameCandidate] | None:
        """The likeliest recipient with its score, never the sender; ties go to the first."""
        sender = squash(self.supplier[1].text) if self.supplier else ""
        others = [scored for scored in self.scored(Side.CUSTOMER) if squash(scored[1].text) != sender]
        return max(others, key=lambda s: s[0], default=None)

    @cached_property
    def shipping(self) -> tuple[float, NameCandidate] | None:
        """The likeliest name below a heading that says where goods are sent, or None."""
        found = [scored for scored in self.scored(Side.SHIPPING) if scored[0] > 0]
        return max(found, key=lambda s: s[0], default=None)

    def best(self, side: Side) -> tuple[float, NameCandidate] | None:
        """Return the likeliest name of a side with its score."""
        return {Side.SUPPLIER: self.supplier, Side.CUSTOMER: self.customer, Side.SHIPPING: self.shipping}[side]

    def scored(self, side: Side) -> list[tuple[float, NameCandidate]]:
        """Return the names that may be a side's with their scores, in page order; -1 excludes one."""
        score = {
            Side.SUPPLIER: self._supplier_score,
            Side.CUSTOMER: self._customer_score,
            Side.SHIPPING: self._shipping_score,
        }[side]
        return [(score(name), name) for name in self.names if self.may_be(side, name)]

    @cached_property
    def _places(self) -> dict[int, int]:
        """Number of the place that each word is in: a block, or a name and the block of its address."""
        place_of_block = {id(block): number for number, block in enumerate(self.blocks)}
        block_of_cell = {id(cell): id(block) for block in self.blocks for cell in block.cells}
        for name in self.names:
            lines = self.address_after(name)
            if lines and len(name.block.cells) == 1:
                place_of_block[block_of_cell[id(lines[0])]] = place_of_block[id(name.block)]
        return {
            word.id: place_of_block[id(block)]
            for block in self.blocks
            for cell in block.cells
            for word in cell.line.words
        }

    def place_of(self, word_ids: Sequence[int]) -> int:
        """Return the number of the place that the first of these words is in."""
        return self._places[word_ids[0]]

    def _supplier_score(self, name: NameCandidate) -> float:
        """Return how likely the name is the sender's; higher is likelier, -1 excludes it."""
        if name.heading & {"buyer", "ship", "billing"}:
            return -1.0
        cell = name.cell
        score = 0.35 if name.heading & {"seller"} else 0.0
        score += 0.3 if _LEGAL_FORM.search(name.text) else 0.0
        score += 0.25 * max((self._domain_fit(d, name.text) for d in self._domains), default=0.0)
        height = self._grid.page_heights[cell.page]
        score += 0.35 if _is_return_address(cell.text) and name.end < len(cell.text) else 0.0
        if cell.page == 0:
            score += 0.25 * max(0.0, 1.0 - cell.top / (0.4 * height))
            score += 0.15 if cell.height > 1.3 * self._grid.line_height else 0.0
            score += (
                0.15 if name.line == 0 and len(name.block.cells) > 1 and _looks_like_address(name.block.text) else 0.0
            )
            score += 0.1 if cell.row == 0 else 0.0
        else:
            score -= 0.2
        score += 0.15 if name.line == 0 and _REACH.search(name.block.text) else 0.0
        score += 0.1 if self._is_repeated(name.text) else 0.0
        score -= 0.35 if name.line > 0 else 0.0
        return score - self._title_penalty(name.text)

    def _is_repeated(self, name: str) -> bool:
        """Return whether a name is in more than one cell."""
        folded = fold_text(name)
        start = self._all_text.find(folded)
        end = self._all_text.find("\n", start)
        return start >= 0 and end >= 0 and self._all_text.find(folded, end) >= 0

    def _customer_score(self, name: NameCandidate) -> float:
        """Return how likely the name is the recipient's; higher is likelier, -1 excludes it."""
        if name.heading & {"seller", "bank", "payment"} or (name.heading & {"ship"} and not name.heading & {"buyer"}):
            return -1.0
        score = 0.6 if name.heading & {"buyer", "billing"} else 0.0
        height = self._grid.page_heights[name.cell.page]
        if name.line == 0 and len(name.block.cells) >= 2 and _looks_like_address(name.block.text):
            score += 0.3
            if 0.1 * height < name.cell.top < 0.36 * height:  # the window of an envelope
                score += 0.15
        score -= 0.3 if _REACH.search(name.block.text) and not name.heading else 0.0
        score -= 0.3 * max((self._domain_fit(d, name.text) for d in self._domains), default=0.0)
        score -= 0.3 if name.line > 0 else 0.0
        score -= 0.2 if name.cell.height > 1.5 * self._grid.line_height else 0.0
        return score - self._title_penalty(name.text) - (0.3 if name.cell.page else 0.0)

    def _shipping_score(self, name: NameCandidate) -> float:
        """Return how likely goods go to the name; -1 without a heading that says so."""
        if "ship" not in name.heading or name.heading & {"seller"}:
            return -1.0
        score = 0.6 if not name.heading & {"buyer", "billing"} else 0.45
        return score - (0.3 if name.line > 0 else 0.0) - self._title_penalty(name.text)

    def address_after(self, name: NameCandidate) -> list[GridCell]:
        """Return the lines of the name's block that are its address, from the line after the name."""
        last = name.wrapped or name.cell
        if name.end < len(name.cell.text) and _is_return_address(name.cell.text):
            return [name.cell]
        following = name.block.cells[name.block.cells.index(last) + 1 :] or self._block_below(last)
        lines: list[GridCell] = []
        for cell in following[: 2 * MAX_ADDRESS_LINES]:
            if len(lines) == MAX_ADDRESS_LINES:
                break
            if _REACH.search(cell.text) or meaning(cell.text).concepts & _NOT_IN_ADDRESSES:
                if lines:
                    break
                continue
            if _STREET.search(cell.text) or _POSTAL.search(cell.text):
                lines.append(cell)
            elif lines or _could_begin_an_address(cell.text):
                if countries.is_name(cell.text):
                    break
                lines.append(cell)
        while lines and not (
            any(c.isdigit() for c in lines[-1].text) or _POSTAL.search(lines[-1].text) or len(lines) <= 2
        ):
            lines.pop()
        return lines

    def _block_below(self, cell: GridCell) -> list[GridCell]:
        """Return the block right under a name that is printed larger than its address."""
        for block in self.blocks:
            first = block.cells[0]
            near = first.page == cell.page and 0 < first.middle - cell.middle < 2.5 * cell.height
            if near and (abs(first.left - cell.left) < SAME_EDGE_PAGE_WIDTHS or first.overlap(cell) > 0.9):
                return block.cells
        return []

    def _domain_fit(self, domain: str, name: str) -> float:
        if len(domain) < 3 or domain in ("gmail", "yahoo", "hotmail", "outlook", "web", "gmx", "example"):
            return 0.0
        squeezed = re.sub(r"\W", "", fold_text(name))
        ratio = fuzz.partial_ratio(domain.replace("-", ""), squeezed) if len(squeezed) >= 3 else 0
        return 1.0 if ratio > 90 else 0.0

    def _title_penalty(self, text: str) -> float:
        """Return a penalty for titles and labels, which are printed where names are."""
        about = meaning(text)
        known = about.concepts - {"seller", "name", "bank", "description", "website", "unit"}
        if (known and not about.others) or text.lstrip().startswith(("[", "(", "{")):
            return 1.0
        if ":" in text:
            return 0.5
        if known & {"invoice", "receipt", "document"}:
            return 0.6
        return 0.3 if known & {"number", "date", "total", "payment", "tax"} else 0.0


def _blocks(grid: Grid) -> Iterator[Block]:
    """Yield blocks: cells one below another with a common left edge, centre or right edge."""
    taken: set[int] = set()
    for cell in grid.cells:
        if id(cell) in taken:
            continue
        block = Block([cell])
        taken.add(id(cell))
        while below := _next_line(grid, block.cells[-1], taken):
            block.cells.append(below)
            taken.add(id(below))
        yield block


def _next_line(grid: Grid, cell: GridCell, taken: set[int]) -> GridCell | None:
    for index in range(cell.row + 1, min(len(grid.rows), cell.row + 4)):
        row = grid.rows[index]
        for other in row.between(cell.left - SAME_EDGE_PAGE_WIDTHS, cell.right + SAME_EDGE_PAGE_WIDTHS):
            if id(other) in taken or other.page != cell.page:
                continue
            gap = other.top - cell.bottom
            aligned = (
                abs(other.left - cell.left) < SAME_EDGE_PAGE_WIDTHS
                or abs(other.right - cell.right) < SAME_EDGE_PAGE_WIDTHS / 2
                or abs((other.left + other.right) - (cell.left + cell.right)) < SAME_EDGE_PAGE_WIDTHS
            )
            sizes = min(other.height, cell.height) / max(other.height, cell.height)
            if (
                aligned
                and -0.5 * cell.height < gap < MAX_BLOCK_GAP_LINE_HEIGHTS * max(cell.height, other.height)
                and sizes > 0.55
            ):
                return other
    return None


def _label_prefix(text: str) -> tuple[str, int]:
    """Return the label that begins a text and where the rest begins.

    It ends at a colon, or at the end of a line that is only a label.
    """
    head, colon, tail = text.partition(":")
    if colon and len(head.split()) <= 5 and meaning(head).concepts:
        return head, len(text) - len(tail.lstrip())
    about = meaning(text)
    if about.concepts and not about.others and len(text.split()) <= 4 and not any(c.isdigit() for c in text):
        return text, len(text)
    return "", 0


def _is_return_address(text: str) -> bool:
    """Return whether one line has name, street and town, as in an envelope's window."""
    parts = _SEPARATOR.split(text)
    return len(parts) >= 3 and not _REACH.search(text) and any(_POSTAL.search(p) for p in parts[1:]) and len(text) < 120


def _name_continues(text: str, below: str) -> bool:
    """Return whether the next line begins with what can only be the end of a name."""
    return bool(_LEGAL_FORM.match(below)) and not _LEGAL_FORM.search(text) and len(below.split()) <= MAX_NAME_WORDS


def _name_ends(text: str, start: int) -> Iterator[int]:
    """Yield where a name may end: before a number or address, else at the line's end."""
    bracket = text.rfind("(")
    if bracket > start + 2 and sum(c.isdigit() for c in text[bracket:]) >= 4:  # a registration number
        yield bracket
        return
    for match in _SEPARATOR.finditer(text[start:]):
        if match.start() > 2 and any(c.isdigit() for c in text[start + match.end() :]):
            yield start + match.start()
            return
    street = re.search(r"\s[^\W\d]+(?:stra(?:ß|ss)e|str\.|weg|platz|gasse|allee)\s\d", text[start:])
    if street:
        yield start + street.start()
    yield len(text)


def _can_be_name(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    digits = sum(c.isdigit() for c in text)
    return (
        letters >= 3
        and digits <= letters / 2
        and len(text.split()) <= MAX_NAME_WORDS
        and "@" not in text
        and not re.match(r"(?:https?:|www\.)", text, re.IGNORECASE)
    )


def _could_begin_an_address(text: str) -> bool:
    """Return whether the text has letters and digits, as a street has, and no date."""
    has_both = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return has_both and not text.startswith("(") and not dates.find(text)


def _looks_like_address(text: str) -> bool:
    return bool(_POSTAL.search(text)) or (bool(_STREET.search(text)) and any(c.isdigit() for c in text))
