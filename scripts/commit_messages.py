"""Check the messages of new commits: `scripts/commit-messages [RANGE | --file FILE]`.

A message is `scope: imperative summary` of at most 72 characters with a scope in lower case, then a blank line, then a
body of lines of at most 100 characters. RANGE is as for `git log`, such as `v0.1..HEAD`. By default, it is the commits
since the newest tag, or else since the merge base with origin/main, or else the last commit. Commits made before
2026-11-28 predate the rule and are skipped, as are merges. FILE holds a message that is being written, for git's hook.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

RULE_BEGINS = datetime.fromisoformat("2026-11-28T00:00:00+00:00")
"""Messages written earlier do not follow the rule, and history is not rewritten."""
MAX_SUMMARY_CHARACTERS = 72
"""Longer lines are cut in `git log --oneline` and on web pages."""
MAX_BODY_CHARACTERS = 100
"""`git log` does not wrap the body."""
_SUMMARY = re.compile(r"(?P<scope>[a-z0-9][a-z0-9_/., -]*): (?P<summary>\S.*)")
_IMPERATIVES = frozenset({"alias", "bias", "canvas", "focus", "embed", "shed", "bed", "wed"})
"""Imperatives whose ending looks like another form's; so do those in -ss and -eed."""
_FORM = "expected 'scope: imperative summary', such as 'api: refuse empty documents'"


def problems(message: str) -> list[str]:
    """Return what is wrong with a commit message, one sentence each; nothing if it is right."""
    lines = message.rstrip().split("\n")
    found = []
    if len(lines[0]) > MAX_SUMMARY_CHARACTERS:
        found.append(f"the first line has {len(lines[0])} characters, expected at most {MAX_SUMMARY_CHARACTERS}")
    match = _SUMMARY.fullmatch(lines[0])
    if match is None:
        found.append(f"{_FORM}, got '{lines[0]}'")
    elif wrong := _not_imperative(match["summary"].split()[0]):
        found.append(wrong)
    if len(lines) > 1 and lines[1]:
        found.append(f"expected a blank second line, got '{lines[1]}'")
    for number, line in enumerate(lines[2:], 3):
        if len(line) > MAX_BODY_CHARACTERS:
            found.append(f"line {number} has {len(line)} characters, expected at most {MAX_BODY_CHARACTERS}")
    return found


def _not_imperative(first: str) -> str | None:
    """Judge the first word by its ending."""
    word = first.lower().rstrip(",.:;")
    is_past = word.endswith("ed") and not word.endswith("eed")
    is_third_person = word.endswith("s") and not word.endswith("ss")
    if (is_past or is_third_person) and word not in _IMPERATIVES:
        return f"expected an imperative after the scope, such as 'add' or 'refuse', got '{first}'"
    return None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def default_range() -> str:
    """Return the commits to check if none are named; see the top of this file."""
    if tag := _git("describe", "--tags", "--abbrev=0"):
        return f"{tag}..HEAD"
    if base := _git("merge-base", "HEAD", "origin/main"):
        return f"{base}..HEAD"
    return "HEAD^..HEAD" if _git("rev-parse", "--verify", "--quiet", "HEAD^") else "HEAD"


def messages(commits: str) -> list[tuple[str, str]] | None:
    """Return (short hash, message) of the commits that the rule covers.

    Returns None if git does not know the range.
    """
    # not --since: it compares committers' dates, which a rebase of older commits would change
    log = _git("log", "--no-merges", "--format=%h%x00%aI%x00%B%x01", commits, "--")
    if log is None:
        return None
    entries = (entry.strip("\n").split("\0", 2) for entry in log.split("\x01") if entry.strip())
    return [(name, text) for name, date, text in entries if datetime.fromisoformat(date) >= RULE_BEGINS]


def main(arguments: list[str]) -> int:
    """Check a range of commits and print what is wrong; return the exit status."""
    if len(arguments) == 2 and arguments[0] == "--file":
        return _report([("", _written(Path(arguments[1])))])
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print("usage: scripts/commit-messages [RANGE | --file FILE], such as v0.1..HEAD", file=sys.stderr)
        return 2
    if _git("rev-parse", "--git-dir") is None:
        print("commit-messages: not a git repository, nothing to check", file=sys.stderr)
        return 0
    commits = arguments[0] if arguments else default_range()
    checked = messages(commits)
    if checked is None:
        print(f"commit-messages: unknown range: expected commits as for git log, got '{commits}'", file=sys.stderr)
        return 2
    return _report(checked)


def _written(file: Path) -> str:
    """Return a message without the comments that git adds for its author."""
    lines = file.read_text(encoding="utf-8").split("\n")
    return "\n".join(line for line in lines if not line.startswith("#"))


def _report(checked: list[tuple[str, str]]) -> int:
    wrong = [(name, problem) for name, text in checked for problem in problems(text)]
    for name, problem in wrong:
        print(f"commit {name}: {problem}".replace("commit :", "commit message:"), file=sys.stderr)
    if wrong:
        print("Correct the messages with 'git commit --amend' or 'git rebase -i'.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
