"""Privacy checks over waivers, of vocabulary entries and of the event budget: each is needed, and of today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from schemas.check.privacy_vocabulary import HI, OF_KIND, ROUTE, SIGNED, listing, waiving
from schemas.check.rule import Example, Rule, Severity, Spot
from schemas.compile import EVENT_BITS

if TYPE_CHECKING:
    from schemas.check.subject import Workspace
    from schemas.model import WordWaiver

HEAD: Final = "catalogue.yaml"


def waiver_expired(workspace: Workspace) -> Iterator[Spot]:
    """A waiver's day has come."""
    signed = [(HEAD, index, waiver.expires) for index, waiver in enumerate(workspace.waivers)]
    for name, vocabulary in workspace.vocabularies.items():
        signed += [
            (f"vocabularies/{name}.yaml", index, waiver.expires) for index, waiver in enumerate(vocabulary.waivers)
        ]
    for file, index, expires in signed:
        if expires <= workspace.today:
            remedy = "Ask its owner: mend what it waives, or sign it anew with a later day."
            yield Spot(f"$.waivers[{index}].expires", "The waiver has expired.", remedy, file)


def waiver_unused(workspace: Workspace) -> Iterator[Spot]:
    """A waiver waives nothing."""
    for name, vocabulary in workspace.vocabularies.items():
        entries = [word for word in vocabulary.words if isinstance(word, str)]
        for index, waiver in enumerate(vocabulary.waivers):
            spot = _unneeded(waiver, entries, f"$.waivers[{index}]", f"vocabularies/{name}.yaml")
            yield from [spot] if spot else []
    for index, budget in enumerate(workspace.waivers):
        plan = next((it.plan for it in workspace.subjects if it.event == budget.event), None)
        is_broken = plan is None and any(it.event == budget.event for it in workspace.subjects)
        if not is_broken and (plan is None or plan.bits <= EVENT_BITS):
            defect = "No event of this name is over the budget."
            yield Spot(f"$.waivers[{index}].event", defect, "Take the waiver out.", HEAD)


def _unneeded(waiver: WordWaiver, entries: Sequence[str], at: str, file: str) -> Spot | None:
    if waiver.kind is not None:
        if any(map(OF_KIND[waiver.kind], entries)):
            return None
        return Spot(f"{at}.kind", "No entry is of this kind.", "Take the waiver out.", file)
    needed = {word for word in entries if any(judge(word) for judge in OF_KIND.values())}
    if set(waiver.words or ()) <= needed:
        return None
    return Spot(f"{at}.words", "Some of its words need no waiver.", "Take these words out of it.", file)


RULES: Final = (
    Rule(
        id="privacy/waiver-expired",
        severity=Severity.ERROR,
        check=waiver_expired,
        scope="workspace",
        example=Example(
            bad=(listing("hi"), waiving(HI | {"expires": "2020-01-01"})),
            good=(listing("hi"), waiving(HI)),
            at=(ROUTE, "$.waivers[0].expires"),
        ),
        finds="A waiver of a vocabulary or of the event budget has expired.",
        why="A waiver is a promise to look again. It still compiles, so that no service stops on the day; the "
        "check fails.",
        fix="Mend what it waives, or have its owner sign it anew.",
    ),
    Rule(
        id="privacy/waiver-unused",
        severity=Severity.ERROR,
        check=waiver_unused,
        scope="workspace",
        example=Example(
            bad=(waiving({"kind": "short", **SIGNED}),),
            good=(listing("hi"), waiving(HI)),
            at=(ROUTE, "$.waivers[0].kind"),
        ),
        finds="A waiver of a vocabulary or of the event budget waives nothing.",
        why="It would let the next entry of its kind pass unseen.",
        fix="Take it out.",
    ),
)
