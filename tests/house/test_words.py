"""What the files of the project say, and do not say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, sources, tracked

OF_A_MACHINE = re.compile(
    r"(?<![\w.])/(?:work|home/\w+|root|Users/\w+)[/]|/tmp/bash_job[s]|pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)"
    r"|artifactor[y]|proxy\.golang|deb\.debian\.org|repo1?\.maven|static\.crates\.io|--index-ur[l]\b.*://"
)
SUPPRESSED = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)")
WITH_A_REASON = re.compile(r"#\s*(?:noqa: \w+|type:\s*ignore\[[\w, -]+\]|pragma:\s*no cover)\s*#\s*\w+")
LATER = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except UnicodeDecodeError:
        return []


def _found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(_lines(path), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_machine_or_a_registry() -> None:
    assert _found(OF_A_MACHINE, tracked()) == []


def test_nothing_is_left_for_later() -> None:
    code = [path for path in tracked() if path.suffix in {".py", ".ts", ".svelte", ".js", ".mjs", ".toml", ".yaml"}]
    assert _found(LATER, code) == []


def test_a_check_is_switched_off_only_with_a_reason() -> None:
    paths = [path for path in tracked() if path.suffix == ".py"]
    assert [line for line in _found(SUPPRESSED, paths) if not WITH_A_REASON.search(line)] == []


def test_a_module_says_what_it_is() -> None:
    assert [source.name for source in sources() if len(source.docstring) < 20] == []


def test_the_changelog_keeps_its_form() -> None:
    lines = _lines(ROOT / "CHANGELOG.md")
    versions = [line for line in lines if line.startswith("## ")]
    assert lines[0] == "# Changelog"
    assert versions[0] == "## [Unreleased]"
    assert all(re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line) for line in versions[1:])
    assert {line[4:] for line in lines if line.startswith("### ")} <= SECTIONS


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_a_link_leads_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / page).read_text())
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_a_verb_that_is_named_is_there(page: str) -> None:
    verbs = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ {4}|^)make ([a-z][a-z-]*)", (ROOT / page).read_text(), re.MULTILINE))
    assert named
    assert named <= verbs
