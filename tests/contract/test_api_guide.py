"""docs/api.md agrees with the code in everything that can be compared."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from accounts.templates import MAX_TEMPLATES
from accounts.webhooks import MAX_WEBHOOKS_PER_ACCOUNT
from checks.rule_names import Rule
from documents import ReadingLimits
from schemas.fields import MAX_ARRAY_DEPTH, MAX_FIELDS, FieldType
from schemas.presets import presets
from schemas.results import CERTAIN_RATIO, Status
from service.api.calls import MAX_IDEMPOTENCY_KEY_CHARACTERS
from service.api.routes.jobs import MAX_LISTED
from service.contract.errors import PROBLEMS
from service.contract.models import MAX_LISTED_ERRORS, ExtractRequest, Include
from service.settings import Settings

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
SETTINGS = Settings.model_construct(**{name: f.default for name, f in Settings.model_fields.items()})


def test_the_table_of_errors_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", GUIDE, re.MULTILINE)
    assert sorted((int(status), code) for status, code in rows) == sorted(
        (problem.status, code) for code, problem in PROBLEMS.items()
    )


@pytest.mark.parametrize(
    "name",
    [
        *presets(),
        *get_args(Include),
        *(kind.value for kind in FieldType),
        *(status.value for status in Status),
        *(rule.value for rule in Rule),
        *(field.alias or name for name, field in ExtractRequest.model_fields.items()),
    ],
)
def test_every_name_is_explained(name: str) -> None:
    assert f"`{name}`" in GUIDE


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"| size of a document | {SETTINGS.max_document_bytes:,} bytes", id="document"),
        pytest.param(f"| pages read in one call | {SETTINGS.max_pages};", id="pages"),
        pytest.param(f"| pixels of a picture | {SETTINGS.max_pixels:,} |", id="pixels"),
        pytest.param(f"| characters of a PDF page | {ReadingLimits().characters:,} (fixed) |", id="characters"),
        pytest.param(f"| time for one document | {SETTINGS.max_seconds:g} seconds |", id="seconds"),
        pytest.param(f"from its URL | {SETTINGS.url_seconds:g} seconds |", id="url-seconds"),
        pytest.param(f"| fields, columns included | {MAX_FIELDS} (fixed) |", id="fields"),
        pytest.param(f"| arrays within arrays | {MAX_ARRAY_DEPTH} levels (fixed) |", id="levels"),
        pytest.param(
            f"| documents of a job | {SETTINGS.max_job_documents}, and {SETTINGS.max_job_bytes:,} bytes", id="job"
        ),
        pytest.param(f"| waiting documents of an account | {SETTINGS.max_queued_documents:,} |", id="queue"),
        pytest.param(
            f"{SETTINGS.key_calls_per_minute} per key and {SETTINGS.account_calls_per_minute} per account", id="calls"
        ),
        pytest.param(f"| {SETTINGS.account_concurrency} on each server |", id="at-once"),
        pytest.param(
            f"account | {MAX_WEBHOOKS_PER_ACCOUNT} and {MAX_TEMPLATES:,} (fixed) |", id="webhooks-and-templates"
        ),
        pytest.param(f"(1 to {MAX_IDEMPOTENCY_KEY_CHARACTERS} characters)", id="idempotency-key"),
        pytest.param(f"`limit` is 1 to {MAX_LISTED}", id="listed-jobs"),
        pytest.param(f"lists up to {MAX_LISTED_ERRORS} invalid properties", id="errors"),
        pytest.param(f"kept for {SETTINGS.result_hours} hours", id="results"),
        pytest.param(f"`match_ratio` is below {CERTAIN_RATIO}", id="ratio"),
    ],
)
def test_limits_are_those_of_the_code(text: str) -> None:
    assert text in GUIDE
