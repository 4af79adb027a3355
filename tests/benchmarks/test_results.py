"""RESULTS.md: what is measured anew replaces its section, and the rest stays."""

from __future__ import annotations

from benchmarks import results

ORDER = ("log", "edge", "chaos")


def made(name: str, said: str, status: int = 0) -> dict[str, str]:
    return {name: results.section(name, status, said, ("0.1", "1.2"))}


def test_a_section_is_replaced_and_the_others_stay_in_order() -> None:
    text = results.joined("", made("chaos", "nothing lost"), ORDER)
    text = results.joined(text, made("log", "slow"), ORDER)
    text = results.joined(text, made("log", "fast\n| a | b |", status=1), ORDER)
    held = results.sections(text)
    assert list(held) == ["The machine", "log", "chaos"]
    assert "slow" not in text
    assert "fast\n| a | b |\n" in held["log"] and "benchmarks.log` FAILED at" in held["log"]
    assert "nothing lost" in held["chaos"] and "load 0.1 before, 1.2 after" in held["chaos"]
    assert results.joined(text, {}, ORDER) == text


def test_what_is_measured_no_more_goes() -> None:
    text = results.joined("", made("log", "1") | made("edge", "2"), ORDER)
    assert list(results.sections(results.joined(text, {}, ("edge",)))) == ["The machine", "edge"]
