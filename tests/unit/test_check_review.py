"""The data review: there when more is carried, filled in from the catalogue, and harmless in a comment."""

from __future__ import annotations

from pathlib import Path

from schemas.check.engine import check
from tests.unit.template_states import DIAGNOSTIC, TODAY, USAGE, compared, copied, setting


def test_nothing_new_needs_no_review(tmp_path: Path) -> None:
    """Other words, and what only breaks readers, carry nothing more."""
    report = compared(
        tmp_path, {USAGE: setting("doc", to="A feature was used."), DIAGNOSTIC: lambda s: s["fields"].pop()}
    )
    assert [finding.rule for finding in report.counting] == ["compatibility/field-removed"]
    assert report.review == ""


def test_a_wider_field_is_reviewed_with_all_that_its_event_holds(tmp_path: Path) -> None:
    """The finding, each field with its bits, purposes, level, and who has to answer what the catalogue can't."""
    text = compared(tmp_path, {DIAGNOSTIC: setting("fields", 3, "tidegate", "buckets", to=40)}).review
    assert "the number of buckets 24 became" in text.replace("\\", "")
    assert "**Needs an approval.**" in text
    assert (
        "| `request.finished` | `retried` | Whether an earlier try had failed. | `request.retried` | flag | 1.0 |"
        in text
    )
    assert "- `request.finished`: service_quality, train_ai_system; until 2028-06-30; platform answers for it." in text
    assert "- `request.finished`: no, it is required." in text
    assert "*To be answered by platform.*" in text


def test_a_new_event_is_reviewed(tmp_path: Path) -> None:
    """Nothing was there to loosen; it is all new, and content is said to be content."""
    older, newer = copied(tmp_path / "older"), copied(tmp_path / "newer")
    (older / "content/NoteWritten.avsc").unlink()
    text = check(newer, against=older, today=TODAY).review
    assert "- `note.written` is new: Somebody wrote a note" in text
    assert "- `note.written`: yes, it is content." in text
    assert "| `note.written` | `text` | The note itself. | `body` | nothing: other_communication | 0.0 |" in text


def test_a_schemas_own_text_does_nothing_in_a_comment(tmp_path: Path) -> None:
    """A doc can neither mention people, nor load a picture, nor break the table."""
    doc = "Hi @octocat ![x](https://example.org/x.png) | <img src=x>"
    changes = setting("fields", 3, "tidegate", "buckets", to=40), setting("fields", 4, "doc", to=doc)
    text = compared(tmp_path, {DIAGNOSTIC: lambda schema: [how(schema) for how in changes]}).review
    row = next(line for line in text.splitlines() if "`retried`" in line)
    assert row.replace("\\|", "").count("|") == 7
    assert not [part for part in (" @octocat", " ![x](", " <img") if part in row]
