"""The business words of eight languages and their meanings, for all packages.

This is the one list that every package reads.

`vocabulary.json` is the data; to teach the service a word, add it there and add a row to
`tests/schemas/test_vocabulary.py`. Its sections:

- `concepts`: the words of each concept by language, folded (`ü` is `u`, `ß` is `ss`), separated by spaces. A word that
  several concepts list means one of them. A concept with `broader` is a special case of that other concept: labels on a
  page are read as the broader one, the narrow one also distinguishes the names of fields.
- `phrases`: texts of several words, or single words, that mean all the concepts on their right together.
- `alone`: words that mean something only when nothing is printed next to them (`To:`).
- `name_words`: words that mean a concept in the names of fields only, since on a page they may mean anything.
- `name_codes`: words in the names of fields that mean all the concepts on their right together, or nothing, such as the
  columns and tables of an ERP system (`BKPF-BELNR`).
- `fillers`: words that carry no meaning.
- `faint`: concepts that nearly every field shares and that say little about which one it is.
- `short_endings`: words of fewer than four letters that end a compound (`Rechnungsnr`).
- `spellings`: words that count as the same word when labels are compared letter by letter.
- `roles`: what a field can be for a business document; see `schemas.vocabulary.roles`.
- `printed`: for each role, the labels that the generator of training documents prints on pages, and the names and
  descriptions by which its schemas request the value, `|` between two of them; see `training.synthetic.words`.
"""

from schemas.vocabulary.concepts import Meaning, meaning, name_meaning, name_readings
from schemas.vocabulary.data import is_faint
from schemas.vocabulary.identifiers import is_english, split_identifier
from schemas.vocabulary.label_match import label_similarity, same_stem
from schemas.vocabulary.roles import COLUMNS, FIELDS, TAX_COLUMNS, Kind, Role

__all__ = [
    "COLUMNS",
    "FIELDS",
    "TAX_COLUMNS",
    "Kind",
    "Meaning",
    "Role",
    "is_english",
    "is_faint",
    "label_similarity",
    "meaning",
    "name_meaning",
    "name_readings",
    "same_stem",
    "split_identifier",
]
