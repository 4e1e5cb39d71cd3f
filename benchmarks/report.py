"""Write the sections of docs/benchmarks.md that programs own."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

VECTOR_INSTRUCTIONS = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_vnni": "VNNI", "avx_vnni": "AVX-VNNI"}
"""Instructions for vectors, by their names in /proc/cpuinfo."""


class Report:
    """A Markdown file in which each measurement owns the text between its two markers."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, section: str, text: str) -> None:
        """Replace one section and leave the rest unchanged.

        Raises:
            ValueError: if the file has no such section.
        """
        begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
        whole = self._path.read_text(encoding="utf-8")
        if begin not in whole or end not in whole:
            raise ValueError(f"{self._path} has no section between '{begin}' and '{end}'")
        pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
        made = f"{begin}\n{conditions()}\n\n{text.strip()}\n{end}"
        self._path.write_text(pattern.sub(lambda _: made, whole), encoding="utf-8")


def conditions() -> str:
    """Return the date, the commit and the machine of a measurement."""
    commit = _git("rev-parse", "--short", "HEAD").strip() or "unknown"
    cores, memory = len(os.sched_getaffinity(0)), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on commit {commit}; {_cpu()},"
        f" {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}. The machine is shared: times are noisy."
    )


def uncommitted(document: Path) -> list[str]:
    """Return the changed files that the commit of a measurement would not contain.

    The document itself is left out.
    """
    return [line for line in _git("status", "--porcelain").splitlines() if line[3:] != str(document)]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout


def _cpu() -> str:
    """Return the processor and its vector instructions, on which the networks' speed depends."""
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"model name\s*:\s*(.+)", described)
    names = [name for flag, name in VECTOR_INSTRUCTIONS.items() if re.search(rf"\b{flag}\b", described)]
    return f"{found[1]} ({', '.join(names)})" if found else platform.machine()
