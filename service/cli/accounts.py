"""The commands `docwitness-server accounts …` and `docwitness-server usage`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click

from accounts import Account, Accounts, Conflict, NotFound
from service.cli.open_database import open_accounts
from service.contract.errors import ApiError
from service.contract.usage import grouping, period, plain, usage_csv
from service.jobs.job_files import JobFiles
from service.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


class _Amount(click.ParamType[Decimal]):
    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            amount = Decimal(value)
            if not amount.is_finite() or amount != round(amount, 6) or abs(amount) > 10**12:
                raise InvalidOperation
        except InvalidOperation:
            self.fail(f"expected a number with at most six decimals, got '{value}'", param, ctx)
        return amount


def _terms(command: F) -> F:
    """Add the options that give an account terms of its own."""
    options = [
        click.option("--free-calls", type=click.IntRange(0), help="Free calls per month."),
        click.option("--price", type=_Amount(), help="Price of each further call."),
        click.option("--currency", help="Unit of price and balance, such as EUR."),
        click.option(
            "--cap",
            type=click.Choice(["hard", "soft"]),
            help="hard refuses calls that the balance does not cover, soft lets it go below zero.",
        ),
        click.option("--key-calls-per-minute", type=click.IntRange(0), help="Limit of each key; 0 for no limit."),
        click.option("--calls-per-minute", type=click.IntRange(0), help="Limit of all keys together; 0 for no limit."),
        click.option(
            "--may-choose-extractor/--may-not-choose-extractor",
            default=None,
            help="Whether calls may choose their extractor.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def _opened() -> Iterator[Accounts]:
    try:
        with open_accounts(Settings()) as accounts:
            yield accounts
    except (NotFound, Conflict, ApiError) as error:
        raise click.ClickException(error.message if isinstance(error, ApiError) else str(error)) from None


@click.group("accounts")
def accounts_group() -> None:
    """Create and change accounts, which pay for calls.

    Terms that are not given come from the settings.
    """


@accounts_group.command("create")
@click.argument("name")
@_terms
def create_account(name: str, **terms: Any) -> None:
    """Create an account."""
    with _opened() as accounts:
        _show([accounts.account_store.create(name, **terms)])


@accounts_group.command("set")
@click.argument("name")
@_terms
def change_account(name: str, **terms: Any) -> None:
    """Change an account's terms; those that are not given stay."""
    with _opened() as accounts:
        given = {term: value for term, value in terms.items() if value is not None}
        _show([accounts.account_store.set_terms(name, **given)])


@accounts_group.command("credit")
@click.argument("name")
@click.argument("amount", type=_Amount())
def credit_account(name: str, amount: Decimal) -> None:
    """Add AMOUNT to an account's balance; a negative amount (after --) is subtracted."""
    with _opened() as accounts:
        _show([accounts.account_store.credit(name, amount)])


@accounts_group.command("list")
def list_accounts() -> None:
    """List all accounts with their terms and balances."""
    with _opened() as accounts:
        _show(accounts.account_store.all())


@accounts_group.command("delete")
@click.argument("name")
@click.confirmation_option(prompt="This deletes the account's keys, templates, jobs, results and webhooks. Continue?")
def delete_account(name: str) -> None:
    """Delete an account with all its data except the ledger's figures."""
    settings = Settings()
    with _opened() as accounts:
        account_id = accounts.account_store.delete(name)
        JobFiles(settings.effective_store_url()).delete_below(f"{account_id}/")
    click.echo(f"deleted account '{name}'")


@click.command()
@click.option("--account", help="Account to report on; all accounts together by default.")
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC); by default the first of the month."
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day (UTC); by default today.")
@click.option("--by", default="day", show_default=True, help="How to group: any of day,key,route,template.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def usage(account: str | None, first: datetime | None, last: datetime | None, by: str, form: str) -> None:
    """Report charged calls, pages and their cost."""
    with _opened() as accounts:
        groups = grouping(by)
        begin, end = period(accounts.database.clock(), first.date() if first else None, last.date() if last else None)
        account_id = accounts.account_store.find(account).id if account else None
        rows = accounts.ledger.usage(begin, end, groups, account_id)
    if form == "csv":
        click.echo(usage_csv(groups, rows), nl=False)
    elif form == "json":
        body = [row.group | {"calls": row.calls, "pages": row.pages, "cost": str(plain(row.cost))} for row in rows]
        click.echo(json.dumps(body))
    else:
        header = [*groups, "calls", "pages", "cost"]
        lines = [[*(v or "-" for v in r.group.values()), str(r.calls), str(r.pages), str(plain(r.cost))] for r in rows]
        _table(header, lines)


def _show(found: Any) -> None:
    def terms(account: Account) -> list[str]:
        plan = account.plan
        rate = f"{plan.key_calls_per_minute or '-'}/{plan.calls_per_minute or '-'}"
        used = f"{account.used}/{plan.free_calls}"
        return [account.name, used, f"{plain(plan.price)} {plan.currency}", str(plain(account.balance)), plan.cap, rate]

    _table(["account", "used/free", "price", "balance", "cap", "a minute (key/account)"], [terms(a) for a in found])


def _table(header: list[str], lines: list[list[str]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(header, *lines, strict=True)]
    for line in [[cell.upper() for cell in header], *lines]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
