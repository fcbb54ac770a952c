"""Privacy checks over one schema's domains: what is bounded, yet wider, finer or more alike than its meaning needs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from schemas.check.privacy_reading import DURATION, USAGE, classed, field, own_fields, service_generated
from schemas.check.rule import Edit, Example, Rule, Severity, Spot
from schemas.domains.numbers import Count, Duration, Real, Size, Whole
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Flag, Vocabulary
from schemas.names import words_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from schemas.check.subject import Subject
    from schemas.domains import Domain

WARN_BITS = 16  # of a field; the compiler refuses twice as much
YEAR = 366 * 24 * 3600  # seconds
_WIDEST = {"1": 2**31 - 1, "By": 2**40, "KiBy": 2**30, "MiBy": 2**20, "s": YEAR, "ms": YEAR * 10**3, "us": YEAR * 10**6}
_MOMENTS = frozenset({"timestamp", "time", "date", "datetime", "epoch", "at", "moment", "since", "on"})
_NOW = {"1": 10**9, "s": 10**9, "ms": 10**12, "us": 10**15}  # the least that reaches today, since 1970
_SERIES, _ALIKE = 4, 6  # fields with numbered names; fields with the very same range
_NUMBERED = re.compile(r"_?\d+$", re.ASCII)
_LONGEST, _MOST_PARTS = 24, 4  # of an enum's symbol
_ALPHABET = 8  # symbols of one character
_PLACES = frozenset(
    {"lat", "latitude", "lon", "lng", "longitude", "geohash", "altitude", "postcode", "zip", "coordinates"}
)


def wide_field(subject: Subject) -> Iterator[Spot]:
    """A field can carry more than 16 bits into the ML record."""
    for at, avro, plan in service_generated(subject):
        # The user agent's table is ours: no author can make it smaller.
        if plan.bits > WARN_BITS and plan.domain is not None and plan.domain.domain != "user_agent":
            defect = f"`{avro.name}` can carry {plan.bits:.1f} bits; above {WARN_BITS} a field deserves a second look."
            yield Spot(f"{at}.tidegate", defect, "Use fewer words, wider buckets, a larger step or smaller bounds.")


def wide_range(subject: Subject) -> Iterator[Spot]:
    """A whole number may be larger than anything of its unit that a client could measure."""
    for at, avro, plan in service_generated(subject):
        domain = plan.domain
        if isinstance(domain, Whole) and domain.max > _WIDEST[domain.unit] and not _is_moment(avro.name, domain):
            defect = f"`max` of `{avro.name}` is wide enough for its digits to spell text in the telemetry topic."
            yield Spot(f"{at}.tidegate.max", defect, "Lower `max` to the largest value that makes sense.")


def timestamp_number(subject: Subject) -> Iterator[Spot]:
    """A count or duration is a timestamp in disguise."""
    for at, avro, plan in service_generated(subject):
        if isinstance(plan.domain, (Count, Duration)) and _is_moment(avro.name, plan.domain):
            defect = f"`{avro.name}` is named like a moment and reaches today's timestamp: exact, it carries text."
            yield Spot(f"{at}.tidegate", defect, "Use the domain `time`: its hour or day reaches the ML record.")


def _is_moment(name: str, domain: Whole) -> bool:
    return bool(_MOMENTS & set(words_of(name))) and domain.max >= _NOW.get(domain.unit, domain.max + 1)


def number_series(subject: Subject) -> Iterator[Spot]:
    """Several fields of one range stand in a row: together they can spell text."""
    numbered: dict[tuple[str, Hashable], list[str]] = defaultdict(list)
    alike: dict[Hashable, list[str]] = defaultdict(list)
    for at, avro, plan in service_generated(subject):
        shape = _shape(plan.domain)
        stem = _NUMBERED.sub("", avro.name)
        if shape is None:
            continue
        if stem != avro.name:
            numbered[stem, shape].append(at)
        elif not isinstance(plan.domain, Flag):
            alike[shape].append(at)
    rows = [places for places in numbered.values() if len(places) >= _SERIES]
    for places in rows + [places for places in alike.values() if len(places) >= _ALIKE]:
        defect = f"{len(places)} fields have one range: a letter in each, they spell text."
        yield Spot(places[0], defect, "Keep one aggregate of them: a count, a maximum, a `measure` of their mean.")


def _shape(domain: Domain | None) -> Hashable | None:
    if isinstance(domain, Whole):
        return domain.domain, domain.max
    if isinstance(domain, Real):
        return domain.domain, domain.min, domain.max, domain.step
    if isinstance(domain, Vocabulary):
        return domain.domain, domain.vocabulary
    if isinstance(domain, Enum):
        return domain.domain, domain.symbols
    if isinstance(domain, Version):
        return domain.domain, domain.components
    return ("flag",) if isinstance(domain, Flag) else None


def enum_sentence(subject: Subject) -> Iterator[Spot]:
    """An enum's symbol is long enough to be a sentence."""
    for at, avro, plan in own_fields(subject):
        symbols = plan.domain.symbols if isinstance(plan.domain, Enum) else ()
        if any(len(symbol) > _LONGEST or symbol.count("_") >= _MOST_PARTS for symbol in symbols):
            defect = f"A symbol of `{avro.name}` has more than {_LONGEST} characters or {_MOST_PARTS} words."
            yield Spot(f"{at}.type", defect, "Name the state in one to three words; the sentence belongs into `doc`.")


def enum_alphabet(subject: Subject) -> Iterator[Spot]:
    """An enum is an alphabet: event by event it spells text."""
    for at, avro, plan in own_fields(subject):
        symbols = plan.domain.symbols if isinstance(plan.domain, Enum) else ()
        if sum(len(symbol) == 1 for symbol in symbols) >= _ALPHABET:
            defect = f"`{avro.name}` has {_ALPHABET} symbols or more of one character: an alphabet."
            yield Spot(f"{at}.type", defect, "Name states, not letters; or count what the letters stood for.")


def location(subject: Subject) -> Iterator[Spot]:
    """A field holds coordinates: they tell where somebody lives."""
    for at, avro, plan in service_generated(subject):
        is_open = isinstance(plan.domain, (Whole, Real, Vocabulary)) and not isinstance(plan.domain, Size)
        if is_open and _PLACES & {words_of(avro.name)[-1], *words_of(plan.attribute or "x")[-1:]}:
            defect = f"`{avro.name}` is named like a place finer than a region."
            yield Spot(f"{at}.tidegate", defect, "Take a `vocabulary` of countries or regions, under such a name.")


def _rule(
    name: str, severity: Severity, check: Callable[[Subject], Iterator[Spot]], example: Example, **texts: str
) -> Rule:
    finds = (check.__doc__ or "").strip()
    return Rule(
        id=f"privacy/{name}", severity=severity, finds=finds, example=example, check=check, scope="schema", **texts
    )


def _symbols(*symbols: str) -> Edit:
    avro = {"type": "enum", "name": "Feature", "symbols": ["OTHER", *symbols], "default": "OTHER"}
    return Edit(USAGE, "$.fields[2].type", avro)


def _numbered(count: int) -> tuple[Edit, ...]:
    names = [f"x{number}" for number in range(1, count + 1)]
    fields = [
        Edit(
            USAGE,
            f"$.fields[{place}]",
            {
                "name": name,
                "type": "long",
                "doc": f"One of a row: {name}.",
                "tidegate": {"attribute": f"feature.{name}", "domain": "count", "max": 30, "buckets": 5},
            },
        )
        for place, name in enumerate(names, start=4)
    ]
    return (classed("service_generated", *(f"feature.{name}" for name in names)), *fields)


RULES: Final = (
    _rule(
        "wide-field",
        Severity.WARNING,
        wide_field,
        Example(
            bad=(field("load", "double", domain="measure", unit="1", min=0, max=100_000, step=0.5),),
            good=(field("load", "double", domain="measure", unit="1", min=0, max=100_000, step=100),),
            at=(USAGE, f"{DURATION}.tidegate"),
        ),
        why="Capacity is what is left to leak when everything else holds: 16 bits are two letters, in every event.",
        fix="Use fewer words, wider buckets, a larger step or smaller bounds. Above 32 bits the schema does "
        "not compile.",
    ),
    _rule(
        "wide-range",
        Severity.WARNING,
        wide_range,
        Example(
            bad=(field("uses", "long", domain="count", unit="1", max=2**40, buckets=16),),
            good=(field("uses", "long", domain="count", unit="1", max=10_000, buckets=16),),
            at=(USAGE, f"{DURATION}.tidegate.max"),
        ),
        why="Telemetry keeps whole numbers exactly; digits without end are letters by another name.",
        fix="Lower `max` to the largest value that makes sense.",
    ),
    _rule(
        "timestamp-number",
        Severity.WARNING,
        timestamp_number,
        Example(
            bad=(field("finished_at", "long", domain="duration", unit="s", max=4_000_000_000, buckets=16),),
            good=(field("finished_at", {"type": "long", "logicalType": "timestamp-micros"}, domain="time"),),
            at=(USAGE, f"{DURATION}.tidegate"),
        ),
        why="A timestamp read as a number escapes the window and the coarse hour that the domain `time` gives it.",
        fix="Use the domain `time`.",
    ),
    _rule(
        "number-series",
        Severity.WARNING,
        number_series,
        Example(bad=_numbered(4), good=_numbered(1), at=(USAGE, "$.fields[4]")),
        why="Fields of one small range in a row are an array in disguise: with a letter in each, an event "
        "spells a word.",
        fix="Keep one number that sums them up.",
    ),
    _rule(
        "enum-sentence",
        Severity.WARNING,
        enum_sentence,
        Example(
            bad=(_symbols("USER_ASKED_FOR_A_REFUND_TWICE"),),
            good=(_symbols("REFUND"),),
            at=(USAGE, "$.fields[2].type"),
        ),
        why="A symbol is a name for a state. One that reads as a sentence was copied from text, and will be "
        "copied again.",
        fix="Name the state in one to three words; what it means belongs into `doc`.",
    ),
    _rule(
        "enum-alphabet",
        Severity.ERROR,
        enum_alphabet,
        Example(bad=(_symbols(*"ABCDEFGH"),), good=(_symbols("LETTER", "DIGIT"),), at=(USAGE, "$.fields[2].type")),
        why="One letter an event is slow, and it is still writing: a key logger sends no more.",
        fix="Name states, not letters; or count what the letters stood for.",
    ),
    _rule(
        "location",
        Severity.WARNING,
        location,
        Example(
            bad=(field("latitude", "double", domain="measure", unit="deg", min=-90, max=90, step=1),),
            good=(field("region", "string", domain="vocabulary", vocabulary="app"),),
            at=(USAGE, f"{DURATION}.tidegate"),
        ),
        why="A few coordinates a day tell where somebody lives and works, however coarse each of them is.",
        fix="Take a country or a region from a `vocabulary`.",
    ),
)
