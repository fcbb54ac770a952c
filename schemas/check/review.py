"""The text of a data review: what a privacy team asks of new events and of changes that loosen.

Filled in where the catalogue knows the answer. After glean_parser's `data-review`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from schemas.check.approvals import Approval
from schemas.check.difference import leaves
from schemas.check.formats.markup import code, escaped
from schemas.model import Kind, Level

if TYPE_CHECKING:
    from schemas.check.subject import Change, Subject
    from schemas.findings import Finding


def review(
    changes: Sequence[Change],
    findings: Sequence[Finding],
    approved: Mapping[Finding, Approval],
    loosening: frozenset[str],
) -> str:
    """Write the review as markdown; empty when there is nothing to review."""
    loosened = [finding for finding in findings if finding.rule in loosening]
    new = [
        change.after for change in changes if change.after is not None and change.before is None and not change.history
    ]
    wider = [change.after for change in changes if change.after is not None and _is_touched(change, loosened)]
    schemas = list(dict.fromkeys([*new, *wider]))
    if not schemas and not loosened:
        return ""
    return "\n".join([*_carried(new, loosened, approved), *_asked(schemas), *_known(schemas)]) + "\n"


def _is_touched(change: Change, loosened: Sequence[Finding]) -> bool:
    """Tell whether an event carries more by itself, or by a vocabulary of its own fields; Origin's are everybody's."""
    if change.after is None:
        return False
    metas = [leaf.raw.get("tidegate") for path, leaf in leaves(change.after.avro, "").items() if len(path) == 1]
    words = {f"vocabularies/{meta.get('vocabulary')}.yaml" for meta in metas if isinstance(meta, dict)}
    return any(finding.file in {change.after.file, *words} for finding in loosened)


def _carried(
    new: Sequence[Subject], loosened: Sequence[Finding], approved: Mapping[Finding, Approval]
) -> Iterator[str]:
    yield from ("**1. What may now be carried that could not before?**", "")
    yield from (f"- `{s.event}` is new: {escaped(s.schema.doc) if s.schema else ''}" for s in new)
    yield from (f"- {code(_file(f))} {escaped(f.defect)} {_approved(approved.get(f))}" for f in loosened)


def _asked(schemas: Sequence[Subject]) -> Iterator[str]:
    """What no catalogue can answer."""
    owners = ", ".join(sorted({s.schema.tidegate.owner for s in schemas if s.schema})) or "the author"
    unanswered = f"*To be answered by {owners}.*"
    yield from ("", "**2. Which questions will it answer, and why do we need them answered?**", "", unanswered)
    yield from ("", "**3. What less would do, and why is it not enough?**", "", unanswered)


def _known(schemas: Sequence[Subject]) -> Iterator[str]:
    """What the catalogue says itself of each event."""
    if not schemas:
        yield from ("", "No event reads it yet.")
        return
    yield from ("", "**4. What is collected, field by field?**", "")
    yield from (
        "| event | field | what it tells | from | kept for ML | bits |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    yield from (row for schema in schemas for row in _fields(schema))
    yield from ("", "**5. What is it used for, for how long, and who answers for it?**", "")
    yield from map(_use, schemas)
    yield from ("", "**6. Can people switch it off?**", "")
    yield from map(_switch, schemas)
    yield from ("", "**7. Can it carry what a customer said, wrote, showed or shared?**", "")
    yield from map(_content, schemas)


def _file(finding: Finding) -> str:
    return f"{finding.file}:{finding.line}" if finding.line else finding.file


def _approved(entry: Approval | None) -> str:
    return (
        "**Needs an approval.**"
        if entry is None
        else f"Approved by {entry.who} until {entry.until}: {escaped(entry.why)}"
    )


def _fields(schema: Subject) -> Iterator[str]:
    places = leaves(schema.avro, schema.file)
    for field in schema.plan.fields if schema.plan else ():
        leaf = places.get(field.path)
        if leaf is None or len(field.path) > 1:
            continue
        kept = field.domain.domain if field.domain and field.in_ml and schema.kind is not Kind.CONTENT else "nothing"
        kept = f"nothing: {field.content}" if field.content else kept
        bits = field.bits if schema.kind is not Kind.CONTENT else 0.0
        told = escaped(str(leaf.raw.get("doc", "")))
        yield f"| `{schema.event}` | `{field.dotted}` | {told} | `{field.attribute}` | {kept} | {bits:.1f} |"


def _use(schema: Subject) -> str:
    if schema.schema is None:
        return f"- {code(schema.file)} can't be read."
    meta = schema.schema.tidegate
    until = "for ever" if meta.expires == "never" else f"until {meta.expires}"
    purposes = ", ".join(sorted(purpose.value for purpose in meta.purposes))
    return f"- `{meta.event}`: {purposes}; {until}; {meta.owner} answers for it."


def _switch(schema: Subject) -> str:
    is_required = schema.schema is None or schema.schema.tidegate.level is Level.REQUIRED
    return f"- `{schema.event}`: {'no, it is required' if is_required else 'yes, it is optional'}."


def _content(schema: Subject) -> str:
    if schema.kind is Kind.CONTENT:
        return f"- `{schema.event}`: yes, it is content. It goes to the product alone, never into ML."
    bits = f"{schema.plan.bits:.1f} bits" if schema.plan is not None else "an unknown amount: it does not compile"
    return (
        f"- `{schema.event}`: no; each field lies in a closed domain. An event carries at most {bits}, Origin included."
    )
