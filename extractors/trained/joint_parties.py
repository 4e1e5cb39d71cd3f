"""Choose the names and addresses of the parties together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from extractors.rules.parties import Side
from extractors.trained.context import ExtractionContext
from extractors.trained.scored_options import ScoredOption
from schemas.normalise.characters import squash
from schemas.vocabulary import Kind, Role

MAX_JOINT_OPTIONS = 5
"""Maximum options of a field that are tried, because every combination is."""
SAME_PLACE_LOG_ODDS = 1.0
"""Log odds for a name and an address of one party that are printed together, and against those that are not."""
SHARED_PLACE_LOG_ODDS = 1.5
"""Log odds against addresses of supplier and customer at the same place."""
MIN_PROBABILITY_LEFT = 0.3
"""Floor of the probability left after an option is excluded, so that the others rise at most about threefold."""


class _Party(NamedTuple):
    """The names of the fields that ask for one party."""

    name: str | None
    address: str | None


class _Choice(NamedTuple):
    """A name and an address for one party, either of which may be missing."""

    party: _Party
    name: ScoredOption | None
    address: ScoredOption | None


def choose_parties(
    context: ExtractionContext, scored: Mapping[str, Sequence[ScoredOption]], roles: Mapping[str, Role | None]
) -> dict[str, ScoredOption | None]:
    """Return the options of all fields that ask for a party, as the likeliest combination.

    Supplier and customer have different names: nobody sends an invoice to themselves. A name and an address that are
    printed together support each other.

    Args:
        context: what is known about the document.
        scored: the options of each field, the likeliest first.
        roles: the roles of the fields.
    """
    chooser = _PartyChooser(context, scored)
    choices = {side: chooser.choices(_party(side, scored, roles)) for side in Side}
    pairs = itertools.product(choices[Side.SUPPLIER], choices[Side.CUSTOMER])
    both = max(pairs, key=lambda pair: chooser.log_odds_of_both(*pair))
    shipping = max(choices[Side.SHIPPING], key=chooser.log_odds)
    return {
        field: found
        for choice in (*chooser.apart(*both), shipping)
        for field, found in chooser.supported(choice)
        if field is not None
    }


def _party(side: Side, scored: Mapping[str, object], roles: Mapping[str, Role | None]) -> _Party:
    """Return the first fields that ask for a side."""

    def first(kind: Kind) -> str | None:
        asked = (name for name in scored if (role := roles[name]) and role.kind is kind and Side.of(role) is side)
        return next(asked, None)

    return _Party(first(Kind.PARTY), first(Kind.ADDRESS))


class _PartyChooser:
    """Scores names and addresses of one document."""

    def __init__(self, context: ExtractionContext, scored: Mapping[str, Sequence[ScoredOption]]) -> None:
        self._place_of = context.facts.parties.place_of
        self._scored = scored

    def choices(self, party: _Party) -> list[_Choice]:
        """Return every combination of a name and an address."""
        names, addresses = self._options(party.name), self._options(party.address)
        return [_Choice(party, name, address) for name, address in itertools.product(names, addresses)]

    def _options(self, field: str | None) -> list[ScoredOption | None]:
        return [None, *self._scored[field][:MAX_JOINT_OPTIONS]] if field is not None else [None]

    def log_odds(self, choice: _Choice) -> float:
        """Return the sum of the log odds of a name and an address, place included."""
        total = sum(found.log_odds for found in (choice.name, choice.address) if found)
        if choice.name and choice.address:
            total += SAME_PLACE_LOG_ODDS if self._are_together(choice.name, choice.address) else -SAME_PLACE_LOG_ODDS
        return total

    def log_odds_of_both(self, supplier: _Choice, customer: _Choice) -> float:
        """Return the log odds of two parties; minus infinity if they have the same name."""
        if supplier.name and customer.name and _text(supplier.name) == _text(customer.name):
            return -math.inf
        apart = self.apart(supplier, customer)
        total = sum(map(self.log_odds, apart))
        if supplier.address and customer.address and self._are_together(supplier.address, customer.address):
            total -= SHARED_PLACE_LOG_ODDS
        return total

    def apart(self, supplier: _Choice, customer: _Choice) -> tuple[_Choice, _Choice]:
        """Return both without the name that the other is likelier to have.

        The probability of that name is shared among the rest.
        """
        return self._without(supplier, customer.name), self._without(customer, supplier.name)

    def _without(self, choice: _Choice, taken: ScoredOption | None) -> _Choice:
        if choice.party.name is None or choice.name is None or taken is None:
            return choice
        same = [found.probability for found in self._scored[choice.party.name] if _text(found) == _text(taken)]
        excluded = sum(same) if max(same, default=0.0) <= taken.probability else 0.0
        shared = min(1.0, choice.name.probability / max(MIN_PROBABILITY_LEFT, 1 - excluded))
        return choice._replace(name=choice.name._replace(probability=shared))

    def supported(self, choice: _Choice) -> Iterator[tuple[str | None, ScoredOption | None]]:
        """Yield name and address with their fields, raised if they are printed together."""
        together = bool(choice.name and choice.address and self._are_together(choice.name, choice.address))
        log_odds = SAME_PLACE_LOG_ODDS if together else 0.0
        yield choice.party.name, choice.name.raised(log_odds) if choice.name else None
        yield choice.party.address, choice.address.raised(log_odds) if choice.address else None

    def _are_together(self, one: ScoredOption, other: ScoredOption) -> bool:
        return self._place_of(one.option.word_ids) == self._place_of(other.option.word_ids)


def _text(found: ScoredOption) -> str:
    return squash(found.option.text)
