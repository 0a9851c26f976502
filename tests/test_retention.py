"""Ages as people write them, and those that can't be meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from edigate.config import load_workspace
from edigate.errors import ConfigError
from edigate.retention import Age, Retention, parsed, problems


@pytest.mark.parametrize(
    ("words", "day", "before"),
    [
        ("7 years", date(2033, 6, 30), date(2026, 6, 30)),
        ("1 year", date(2024, 2, 29), date(2023, 2, 28)),
        ("18 months", date(2026, 1, 31), date(2024, 7, 31)),
        ("1 month", date(2026, 3, 31), date(2026, 2, 28)),
        ("400 days", date(2026, 6, 30), date(2025, 5, 26)),
        ("9999 years", date(2026, 6, 30), date.min),
        ("9999 days", date(20, 1, 1), date.min),
    ],
)
def test_an_age_counts_as_people_do(words: str, day: date, before: date) -> None:
    age = parsed(words)
    assert age is not None
    assert (str(age), age.before(day)) == (words, before)


@pytest.mark.parametrize("words", ["7", "7 jahre", "0 years", "-1 years", "7.5 years", "years", "7years", "10000 days"])
def test_what_is_no_age_is_refused(words: str) -> None:
    assert [problem.key for problem in problems(Retention(remittances=words))] == ["retention.remittances"]


def test_what_is_short_must_be_allowed() -> None:
    (told,) = problems(Retention(claim_files="5 years", others="1 year", remittances="72 months"))
    assert told.key == "retention.claim_files"
    assert "less than 6 years" in told.message
    assert list(problems(Retention(claim_files="5 years", allow_short=True))) == []


def test_a_nightly_purge_needs_an_age() -> None:
    assert [problem.key for problem in problems(Retention(nightly=True))] == ["retention.nightly"]
    assert list(problems(Retention(nightly=True, others="1 year"))) == []


def test_nothing_is_purged_unless_somebody_says_so() -> None:
    assert Retention().ages() == {}
    assert Retention(others="2 years").ages() == {"others": Age(2, "year")}


def test_settings_say_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "edigate.toml").write_text('[practice]\nname = "P"\n[retention]\nremittances = "2 years"\n')
    with pytest.raises(ConfigError, match=r"retention\.remittances: 2 years is less than 6 years"):
        load_workspace(tmp_path)
