"""Turn cells into findings: check sums, dates and check digits.

The findings adjust the confidence of the cells they concern.
"""

from checks.confirmation import confirm
from checks.rule_names import SUM_RULES
from checks.rules import run

__all__ = ["SUM_RULES", "confirm", "run"]
