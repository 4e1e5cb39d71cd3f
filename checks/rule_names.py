"""The names of the rules as answers report them; clients rely on them."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """A relation between cells, or a property of one cell."""

    TOTAL = "total_is_net_plus_tax"
    AMOUNT_DUE = "amount_due_is_total_less_paid"
    TAXES_SUM = "taxes_sum_to_total_tax"
    TAX_BASES_SUM = "tax_bases_sum_to_net"
    TAX_ROW = "tax_is_rate_of_base"
    LINE = "line_is_quantity_times_price"
    LINES_SUM = "line_totals_sum_to_total"
    DUE_DATE = "due_date_not_before_date"
    DELIVERY_DATE = "delivery_near_date"
    IBAN = "iban_check_digits"
    BIC = "bic_form"
    VAT = "vat_number_check_digits"
    REGISTRATION = "registration_check_digits"
    CURRENCY = "currency_agrees"


SUM_RULES = frozenset(
    (
        Rule.TOTAL,
        Rule.AMOUNT_DUE,
        Rule.TAXES_SUM,
        Rule.TAX_BASES_SUM,
        Rule.TAX_ROW,
        Rule.LINE,
        Rule.LINES_SUM,
    )
)
"""The rules that fail where digits are read wrongly."""
