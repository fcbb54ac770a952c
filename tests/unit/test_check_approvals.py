"""Approvals: an entry lets exactly one thing through, for a time, and is found out where it does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.check.compatibility import APPROVABLE, LOOSENING
from tests.unit.template_states import USAGE, Changes, compared, setting

WORDS = setting("words", to=["example-web", "example-desktop", "example-tv"])
# Each rule with a change that it finds, and what an approval for it names.
SHARED: dict[str, tuple[Changes, str]] = {
    "level-required": ({USAGE: setting("tidegate", "level", to="required")}, "event: feature.used"),
    "vocabulary-widened": ({"vocabularies/app.yaml": WORDS}, "vocabulary: app"),
    "scope-added": ({"catalogue.yaml": setting("scopes", to=["example.app", "example.tv"])}, "scope: example.tv"),
    "attribute-loosened": ({"attributes.yaml": setting("classes", "body", to="operational")}, "attribute: body"),
    "domain-loosened": (
        {"types/Origin.avsc": setting("fields", 5, "tidegate", "components", to=[15, 63, 64])},
        "event: tidegate.Origin",
    ),
}


def entry(rule: str, about: str, *, until: str = "2026-11-24", why: str = "Agreed on with the council.") -> str:
    """Write an approvals file of one entry."""
    lines = [f"- rule: compatibility/{rule}", f"  {about}", "  who: privacy-team", f"  why: {why}", f"  until: {until}"]
    return "approvals:\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("rule", SHARED)
def test_an_approval_lets_its_change_through(rule: str, tmp_path: Path) -> None:
    """The finding stays, says who approved it, and does not count; on its last day, too."""
    changes, about = SHARED[rule]
    report = compared(tmp_path, changes, approvals=entry(rule, about))
    found = [finding for finding in report.findings if finding.rule == f"compatibility/{rule}"]
    assert len(found) == 1
    assert report.approved[found[0]].who == "privacy-team"
    assert [finding.rule for finding in report.counting if finding.rule.startswith("compatibility/")] == []
    assert f"{rule}: given by privacy-team until 2026-11-24" in {summary.approval for summary in report.summaries} or (
        rule in ("scope-added", "attribute-loosened")  # no event changed
    )


@pytest.mark.parametrize(
    ("approvals", "found"),
    [
        ("", ["level-required"]),
        (entry("level-required", "event: feature.used", until="2026-11-23"), ["approval-expired", "level-required"]),
        (entry("level-required", "event: note.written"), ["approval-unused", "level-required"]),
        (entry("levels-required", "event: feature.used"), ["approval-unknown", "level-required"]),
        (entry("level-required", "event: feature.uzed"), ["approval-unknown", "level-required"]),
        (entry("approval-expired", "event: feature.used"), ["approval-unknown", "level-required"]),
        (entry("owner-changed", "event: feature.used"), ["approval-unused", "level-required"]),
    ],
    ids=["none", "expired", "another's", "misspelt rule", "misspelt event", "of an approval", "another rule's"],
)
def test_what_does_not_approve_is_found(approvals: str, found: list[str], tmp_path: Path) -> None:
    """An entry that misses lets nothing through, and is a finding itself."""
    report = compared(tmp_path, SHARED["level-required"][0], approvals=approvals)
    assert [finding.rule.removeprefix("compatibility/") for finding in report.counting] == found


@pytest.mark.parametrize(
    "approvals",
    [
        "approvals: [",
        "- rule: compatibility/level-required",
        entry("level-required", "event: feature.used", why="ok"),
        entry("level-required", "event: feature.used\n  vocabulary: app"),
        entry("level-required", "events: feature.used"),
        entry("level-required", "event: feature.used", until="never"),
    ],
)
def test_a_broken_file_approves_nothing(approvals: str, tmp_path: Path) -> None:
    """What can't be read, or says too little, is a finding at the file, and the change counts."""
    report = compared(tmp_path, SHARED["level-required"][0], approvals=approvals)
    assert "compatibility/level-required" in {finding.rule for finding in report.counting}
    assert [finding.rule.split("/")[0] for finding in report.counting if finding.file == "approvals.yaml"] == [
        "structure"
    ]


def test_all_that_loosens_can_be_approved() -> None:
    """Each rule on privacy is one that an approval can be for."""
    assert len(LOOSENING) >= 14
    assert LOOSENING < APPROVABLE
