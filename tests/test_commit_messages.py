"""Messages of commits, judged one by one and over ranges of a small repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.commit_messages import problems

SCRIPT = Path(__file__).parents[1] / "scripts" / "commit_messages.py"
NEW, OLD = "2026-11-28T12:00:00+00:00", "2026-11-22T12:00:00+00:00"


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("api: refuse empty documents", id="one-line"),
        pytest.param("api: refuse empty documents\n\nThey were charged before.\n", id="with-a-body"),
        pytest.param("service/api: Refuse empty documents", id="capital-letter"),
        pytest.param("mindee: process pages in order", id="imperative-that-ends-in-s"),
        pytest.param("docs: embed the schema", id="imperative-that-ends-in-ed"),
        pytest.param(f"api: {'add ' * 16}end", id="72-characters"),
        pytest.param(f"api: add it\n\n{'x' * 100}", id="body-of-100-characters"),
    ],
)
def test_good_messages(message: str) -> None:
    assert len(message.split("\n", 1)[0]) <= 72
    assert problems(message) == []


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        pytest.param("Streets that are called after towers", "expected 'scope: imperative summary'", id="no-scope"),
        pytest.param("API: refuse it", "expected 'scope: imperative summary'", id="scope-in-capitals"),
        pytest.param("api:refuse it", "expected 'scope: imperative summary'", id="no-space"),
        pytest.param("api: ", "expected 'scope: imperative summary'", id="no-summary"),
        pytest.param("", "expected 'scope: imperative summary'", id="empty"),
        pytest.param("api: added a route", "expected an imperative", id="past-tense"),
        pytest.param("api: adds a route", "expected an imperative", id="third-person"),
        pytest.param(f"api: {'add ' * 17}end", "the first line has 76 characters", id="too-long"),
        pytest.param("api: add it\nmore", "expected a blank second line, got 'more'", id="no-blank-line"),
        pytest.param(f"api: add it\n\nshort\n{'x' * 101}", "line 4 has 101 characters", id="body-too-wide"),
    ],
)
def test_bad_messages(message: str, problem: str) -> None:
    (found,) = problems(message)
    assert problem in found


class Repository:
    """A repository of empty commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, date: str = NEW) -> None:
        person = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | person | dates | alone
        subprocess.run(["git", *arguments], cwd=self.folder, env=environment, check=True)

    def commit(self, message: str, date: str = NEW) -> None:
        self.git("commit", "--quiet", "--allow-empty", "-m", message, date=date)

    def check(self, *arguments: str) -> tuple[int, str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(
            [sys.executable, SCRIPT, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_clone_without_tags_and_remotes_checks_the_last_commit(repository: Repository) -> None:
    repository.commit("Bad")
    status, text = repository.check()
    assert status == 1
    assert "expected 'scope: imperative summary', such as 'api: refuse empty documents', got 'Bad'" in text
    assert "git commit --amend" in text
    repository.commit("api: add it")
    assert repository.check() == (0, "")


def test_commits_since_the_newest_tag(repository: Repository) -> None:
    repository.commit("Bad but released")
    repository.git("tag", "v0.1")
    repository.commit("Bad")
    repository.commit("api: add it")
    status, text = repository.check()
    assert (status, text.count("\ncommit ") + text.startswith("commit ")) == (1, 1)
    assert "got 'Bad'" in text


def test_commits_since_the_remote_branch(repository: Repository) -> None:
    repository.commit("Bad but pushed")
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repository.commit("api: add it")
    assert repository.check() == (0, "")
    repository.commit("api: adds more")
    assert repository.check()[0] == 1


def test_a_range_older_commits_and_merges(repository: Repository) -> None:
    repository.commit("A name that says what it asks", OLD)
    repository.commit("api: add it")
    repository.git("switch", "--quiet", "-c", "branch")
    repository.commit("cli: add it")
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'branch'", "branch")
    assert repository.check("HEAD") == (0, "")
    repository.commit("Bad")
    repository.commit("api: add more")
    assert repository.check("HEAD~1..HEAD") == (0, "")
    assert repository.check("HEAD~2..HEAD")[0] == 1


def test_wrong_arguments(repository: Repository) -> None:
    repository.commit("api: add it")
    status, text = repository.check("nowhere..HEAD")
    assert (status, "unknown range" in text) == (2, True)
    assert repository.check("--help")[0] == 2


def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, SCRIPT],
        cwd=folder,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "commit-messages: not a git repository, nothing to check\n")


@pytest.mark.parametrize(
    ("message", "status"),
    [
        pytest.param("api: refuse empty documents\n\nWhy.\n# Please enter the commit message\n", 0, id="right"),
        pytest.param("Refused empty documents.\n# Please enter the commit message\n", 1, id="wrong"),
    ],
)
def test_a_message_that_is_being_written(tmp_path: Path, message: str, status: int) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text(message)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--file", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert ("commit message: expected 'scope: imperative summary'" in done.stderr) == bool(status)
