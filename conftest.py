"""Settings of all tests: no deadline for examples, as machines are shared; code of absent extras is not collected."""

from __future__ import annotations

from importlib.util import find_spec

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

collect_ignore = (
    [] if find_spec("peft") else ["extractors/layoutlmv3/checkpoint.py", "tests/extractors/layoutlmv3/tiny.py"]
)
