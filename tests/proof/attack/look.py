"""Looks for every canary everywhere: topics, tables, files, answers, reports; in every shape the scan knows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from broker.port import Message, Received
from deploy.demo.app.canaries import Mint
from deploy.demo.disguises import disguises
from deploy.demo.encodings import needles
from deploy.demo.haystacks import BETWEEN, Haystack, of_files, of_messages, of_tables
from deploy.demo.matcher import Matcher
from deploy.demo.proof import Proof, prove
from tests.proof.attack.answers import reasons
from tests.proof.attack.arena import CONTROL, Shown
from tests.proof.attack.case import Case, Fate
from tests.proof.attack.landed import Landed

if TYPE_CHECKING:
    from schemas.catalogue import Catalogue

SHAPES: Final = frozenset(shape for shape, _ in needles("kvazbodegifumano"))
ML: Final = ("ml.eligible", "tables/ml.eligible")
EXACT: Final = ("telemetry.", "tables/telemetry.")  # where numbers are kept exactly, by design


@dataclass(frozen=True, slots=True)
class Remains:
    """All that a run left behind, and all that it was told."""

    messages: Mapping[str, Sequence[Received]] = field(repr=False)
    sealed: Sequence[bytes] = field(repr=False)  # quarantine, opened
    reports: Sequence[tuple[str, bytes]] = field(repr=False)
    folder: Path


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A canary, or the piece of one that a case packed, where it must not be: names of ours."""

    case: str
    place: str
    part: str
    shape: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one case. `legible`: a bounded one's letters can be read in the exact numbers of telemetry."""

    case: Case
    fate: Fate
    surprise: bool  # it was to be refused, and was not
    sealed: bool  # its canary was seen in quarantine, once that was opened
    legible: bool
    astray: bool  # it was refused, and not for the reason it aimed at


@dataclass(frozen=True, slots=True)
class Outcome:
    """The run, judged."""

    verdicts: tuple[Verdict, ...]
    found: tuple[Found, ...]
    proof: Proof
    at_home: int  # canaries of attackers' own messages that were seen there, of `homes`
    homes: int
    control: bool  # the chat message was seen where it belongs
    haystacks: int
    searched: int  # bytes
    needles: int
    landed: tuple[Landed, ...]  # of spans and points: what was taken is on its topics
    controls: int

    @property
    def clean(self) -> bool:
        """True when nothing was found, nothing surprised, each case came where it was aimed, and the search can see."""
        eyes = self.proof.holds and self.control and self.at_home == self.homes > 0
        wrong = any(verdict.surprise or verdict.astray for verdict in self.verdicts)
        return eyes and not self.found and not wrong and all(each.holds for each in self.landed)


def judge(
    shown: Sequence[Shown], control: str, remains: Remains, catalogue: Catalogue, landed: tuple[Landed, ...],
    controls: int,
) -> Outcome:  # fmt: skip
    """Search, and say what became of every case."""
    words = {each.case.name: each.case.words for each in shown}
    matcher = Matcher(
        {**words, CONTROL: [word for word in control.replace(",", "").split() if word.startswith("kvaz")]}
    )
    planted = {_key(shot) for each in shown for shot in each.case.shots if isinstance(shot, Message)}
    piles = [*_piles(shown, remains, catalogue, planted)]
    bounded = {each.case.name for each in shown if each.case.accepted_as is Fate.BOUNDED}
    found, legible, chatted = set[Found](), _legible(shown, piles), False
    for pile in piles:
        for hit in matcher.hits(pile.data):
            if hit.name == CONTROL and pile.place == "customer.content/chat.message":
                chatted = True
            elif hit.name in bounded and _is_exact(pile):
                legible.add(hit.name)
            else:
                found.add(Found(hit.name, pile.place, pile.part, hit.shape))
    found |= {*_pieces(shown, piles)}
    visible = {hit.name for item in remains.sealed for hit in matcher.hits(item)}
    refused = frozenset(remains.sealed)
    homes = {each.case.name for each in shown if _shows(each.case, matcher)}
    own = [message for messages in remains.messages.values() for message in messages if _key(message) in planted]
    at_home = {hit.name for message in own for hit in matcher.hits(_flat(message))} & homes
    return Outcome(
        verdicts=tuple(_verdict(each, refused, visible, legible) for each in shown),
        found=tuple(sorted(found)),
        proof=_prove(remains),
        at_home=len(at_home),
        homes=len(homes),
        control=chatted,
        haystacks=len(piles),
        searched=sum(len(pile.data) for pile in piles),
        needles=matcher.needles,
        landed=landed,
        controls=controls,
    )


def _piles(shown: Sequence[Shown], remains: Remains, catalogue: Catalogue, planted: set[object]) -> Iterator[Haystack]:
    """Give all there is to search. What an attacker wrote to a topic stands there as it wrote it: that is left out."""
    events = {number: schema.event or schema.name for number, schema in catalogue.schemas.items()}
    for topic, messages in remains.messages.items():
        yield from of_messages(topic, [message for message in messages if _key(message) not in planted], events)
    yield from of_tables(remains.folder / "tables")
    yield from of_files(remains.folder, lambda path: path.parts[0] == "kafka" and "data" in path.parts)
    for each in shown:
        yield Haystack("answers", each.case.name, BETWEEN.join(each.answers))
    for name, said in remains.reports:
        yield Haystack("reports", name, said)


def _key(message: Message | Received) -> object:
    headers = tuple((name, bytes(value or b"")) for name, value in message.headers)
    return message.topic, message.value, message.key, headers


def _flat(message: Message | Received) -> bytes:
    headers = [part for name, value in message.headers for part in (name.encode(), value or b"")]
    return BETWEEN.join([message.value or b"", message.key or b"", *headers])


def _shows(case: Case, matcher: Matcher) -> bool:
    """Tell whether the canary can be read in messages that the case may write: only then has it to be seen there."""
    own = [shot for shot in case.shots if isinstance(shot, Message)]
    rights = case.principal == "collector" and not any(shot.topic == "ml.eligible" for shot in own)
    return rights and any(hit.name == case.name for shot in own for hit in matcher.hits(_flat(shot)))


def _pieces(shown: Iterable[Shown], piles: Iterable[Haystack]) -> Iterator[Found]:
    """Look for the letters themselves that a bounded case packed, in all that is ML's."""
    ours = [pile for pile in piles if pile.place.startswith(ML)]
    for each in shown:
        for piece in each.case.pieces:
            for pile in ours:
                if piece in pile.data:
                    yield Found(each.case.name, pile.place, pile.part, "piece")


def _is_exact(pile: Haystack) -> bool:
    return pile.place.startswith(EXACT) or pile.part.startswith(("tidegate query usage.", "tidegate query diagnostic."))


def _legible(shown: Iterable[Shown], piles: Sequence[Haystack]) -> set[str]:
    """Name the cases whose packed letters stand in telemetry as they are; in attackers' own messages they do anyway."""
    exact = [pile for pile in piles if _is_exact(pile)]
    return {
        each.case.name for each in shown for piece in each.case.pieces if any(piece in pile.data for pile in exact)
    }  # fmt: skip


def _verdict(each: Shown, refused: frozenset[bytes], visible: set[str], legible: set[str]) -> Verdict:
    case = each.case
    written = [shot for shot in case.shots if isinstance(shot, Message)]
    taken = each.taken - sum((shot.value or b"") in refused for shot in written)
    fate = Fate.REFUSED if taken <= 0 else case.accepted_as or Fate.DESTROYED
    surprise = taken > 0 and case.accepted_as is None
    return Verdict(case, fate, surprise, case.name in visible, case.name in legible, _is_astray(each))


def _is_astray(each: Shown) -> bool:
    aim = each.case.aim
    told = {aim.reason.code} if aim and aim.reason else set()
    return aim is not None and any(reasons(answer) != told for answer in each.answers)


def _prove(remains: Remains) -> Proof:
    """Plant a fresh word in copies of all that is searched: answers and reports beside what the demo's scan has."""
    sample = next(message for message in remains.messages["telemetry.usage"] if message.value)
    proof = prove(sample, remains.folder)
    word = Mint(random.SystemRandom()).canary("planted").words[0]
    matcher, missed, planted = Matcher({"planted": (word,)}), list(proof.missed), proof.planted
    kinds = {
        "HTTP answer": b"HTTP/1.1 200 OK\r\n\r\n", "gRPC answer": b"gRPC OK \r\n\r\n", "report": remains.reports[0][1],
    }  # fmt: skip
    for kind, real in kinds.items():
        for shape, disguise in disguises(word):
            planted += 1
            if shape not in {hit.shape for hit in matcher.hits(real + disguise)}:
                missed.append((kind, shape))
    return Proof(planted, proof.shapes, proof.kinds + len(kinds), tuple(missed))


def by_place_and_form(outcome: Outcome) -> dict[tuple[str, str], Counter[str]]:
    """Count cases, fates and findings by place and form."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    leaked = Counter({found.case: 1 for found in outcome.found})
    for verdict in outcome.verdicts:
        row = rows.setdefault((verdict.case.place, verdict.case.form), Counter())
        row.update(["cases", verdict.fate.value])
        row["found"] += leaked[verdict.case.name]
    return dict(sorted(rows.items()))
