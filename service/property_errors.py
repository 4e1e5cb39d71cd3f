"""Say what is wrong with a property that pydantic refused, in the caller's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

MAX_QUOTED_CHARACTERS = 60
"""An error message quotes no more of a value, to stay readable."""
_SECRET = "password"
"""The property whose value no message quotes."""

_EXPECTED: dict[str, str] = {
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"), "an object"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), "a list"),
    "string_type": "a string",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), "an integer"),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing", "finite_number"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), "a date such as 2026-01-31"),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"),
        "a time such as 2026-01-31T12:00:00Z",
    ),
    "timezone_aware": "a time with an offset, such as 2026-01-31T12:00:00Z",
    "path_type": "a path",
    "none_required": "null",
}
"""Expected values by pydantic's type of error: https://docs.pydantic.dev/latest/errors/validation_errors/."""

_BOUNDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "too_short": lambda context: f"at least {_items(context['min_length'])}",
    "too_long": lambda context: f"at most {_items(context['max_length'])}",
    "string_too_short": lambda context: f"at least {_characters(context['min_length'])}",
    "string_too_long": lambda context: f"at most {_characters(context['max_length'])}",
    "greater_than": lambda context: f"a number greater than {context['gt']}",
    "greater_than_equal": lambda context: f"a number of at least {context['ge']}",
    "less_than": lambda context: f"a number less than {context['lt']}",
    "less_than_equal": lambda context: f"a number of at most {context['le']}",
    "decimal_max_places": lambda context: f"at most {context['decimal_places']} decimals",
    "decimal_max_digits": lambda context: f"at most {context['max_digits']} digits",
    "string_pattern_mismatch": lambda context: f"a text of the form {context['pattern']}",
    "enum": lambda context: str(context["expected"]),
    "literal_error": lambda context: str(context["expected"]),
}


def property_errors(error: ValidationError, root: str, *, show_values: bool = True) -> list[dict[str, str]]:
    """Return path and message of each property that was refused.

    Args:
        error: the refusal.
        root: the path of an error that concerns the whole.
        show_values: whether messages may quote values, which may be secrets. That of `password` is never quoted.
    """
    refused = error.errors(include_url=False)
    inner = {wrong["loc"][:-1] for wrong in refused} | {wrong["loc"][:-2] for wrong in refused}
    return [
        {
            "path": path_of(wrong["loc"]) or root,
            "message": property_error(dict(wrong), show_value=show_values and _SECRET not in wrong["loc"]),
        }
        for wrong in refused
        if wrong["type"] != "too_short" or wrong["loc"] not in inner  # pydantic counts items after refusing some
    ]


def property_error(error: Mapping[str, Any], *, show_value: bool = True) -> str:
    """Return the message for one entry of `ValidationError.errors()`.

    >>> property_error({"type": "too_short", "ctx": {"min_length": 1}, "input": []})
    'expected at least 1 item, got a list'

    Args:
        error: the entry.
        show_value: whether the message may quote the value, which may be a secret.
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "this property is required"
    if kind == "extra_forbidden":
        return "unknown property. Remove it, or check its spelling in /docs"
    if kind == "value_error":
        return str(context["error"])
    if kind in _BOUNDS:
        expected = _BOUNDS[kind](context)
    elif kind in _EXPECTED:
        expected = _EXPECTED[kind]
    else:
        expected = re.sub(r"^Input should (?:be )?", "", error["msg"])
        expected = expected[0].lower() + expected[1:]
    received = f", got {quoted(error.get('input'))}" if show_value else ""
    return f"expected {expected}{received}"


def path_of(location: tuple[int | str, ...]) -> str:
    """Return a property's path, such as `fields[0].name`.

    >>> path_of(("fields", 0, "name"))
    'fields[0].name'
    """
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def quoted(value: object) -> str:
    """Return a value as error messages show it, shortened if it is long.

    >>> quoted("x" * 3), quoted([1]), quoted(True)
    ("'xxx'", 'a list', 'true')
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= MAX_QUOTED_CHARACTERS else f"{text[:MAX_QUOTED_CHARACTERS]}…"


def kind_of(value: object) -> str:
    """Return the JSON type of a value."""
    names = {dict: "object", list: "list", tuple: "list", str: "string", type(None): "null", bool: "boolean"}
    return names.get(type(value), "number")


def _items(count: int) -> str:
    return f"{count} item" if count == 1 else f"{count} items"


def _characters(count: int) -> str:
    return f"{count} character" if count == 1 else f"{count} characters"
