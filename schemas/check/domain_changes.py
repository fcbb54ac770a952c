"""What a change of a field's domain lets in that was kept out before, and what it keeps out."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.domains import Domain
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import Time
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Vocabulary
from schemas.plan import FieldPlan


def domain_became(before: FieldPlan, after: FieldPlan) -> str:
    """Say how the domain itself, or the unit its numbers have, is another; empty where it is not."""
    old, new = before.domain, after.domain
    if old is None or new is None:
        return ""
    if old.domain != new.domain:
        return f"the domain {old.domain} became {new.domain}"
    units = (getattr(old, "unit", None), getattr(new, "unit", None))
    return f"the unit {units[0]} became {units[1]}" if units[0] != units[1] else ""


def loosened(before: FieldPlan, after: FieldPlan) -> list[str]:
    """What lets more through than before, one phrase each. Words of a vocabulary are told elsewhere."""
    said = [] if before.in_ml or not after.in_ml else ["it reaches the ML record now"]
    old, new = before.domain, after.domain
    if old is None or new is None or domain_became(before, after):
        return said
    if isinstance(old, Enum) and isinstance(new, Enum):
        added = len(set(new.symbols) - set(old.symbols))
        said += [f"{added} symbol{'s were' if added > 1 else ' was'} added"] if added else []
    return said + [f"{what} {one} became {other}" for what, one, other in _wider(old, new)]


def narrowed(before: FieldPlan, after: FieldPlan) -> list[str]:
    """What lets less through, or gives a number of the ML record another meaning."""
    said = [] if after.in_ml or not before.in_ml else ["it no longer reaches the ML record"]
    old, new = before.domain, after.domain
    if old is None or new is None or domain_became(before, after):
        return said
    said += [f"{what} {other} became {one}" for what, one, other in _wider(new, old)]
    if not said and not loosened(before, after) and _scale(old) != _scale(new):
        said.append("the numbers of the ML record stand for other values")
    return said


def _wider(old: Domain, new: Domain) -> Iterator[tuple[str, object, object]]:
    """In what `new` takes or keeps more than `old`: the parameter, its old value and its new."""
    if (getattr(old, "on_miss", ""), getattr(new, "on_miss", "")) == ("refuse", "other"):
        yield "`on_miss`", "refuse", "other"
    if isinstance(old, Whole) and isinstance(new, Whole):
        yield from _if(new.max > old.max, "`max`", old.max, new.max)
        yield from _if(new.images > old.images, "the number of buckets", old.images, new.images)
    if isinstance(old, Real) and isinstance(new, Real):
        yield from _if(new.min < old.min, "`min`", old.min, new.min)
        yield from _if(new.max > old.max, "`max`", old.max, new.max)
        yield from _if(new.step < old.step, "`step`", old.step, new.step)
    if isinstance(old, Time) and isinstance(new, Time):
        yield from _if(new.images > old.images, "`resolution`", old.resolution, new.resolution)
    if isinstance(old, Version) and isinstance(new, Version):
        has_more = _has_more(old.components, new.components)
        yield from _if(has_more, "`components`", list(old.components), list(new.components))
    if isinstance(old, Pseudonym) and isinstance(new, Pseudonym):
        yield from _if(new.length > old.length, "`bits`", old.length, new.length)


def _if(is_wider: bool, what: str, old: object, new: object) -> Iterator[tuple[str, object, object]]:  # noqa: FBT001 - a condition, first
    if is_wider:
        yield what, old, new


def _has_more(old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    return len(new) > len(old) or any(wide > narrow for wide, narrow in zip(new, old, strict=False))


def _scale(domain: Domain) -> object:
    """What the images of a number stand for."""
    if isinstance(domain, Whole):
        return domain.edges
    return (domain.min, domain.max, domain.step) if isinstance(domain, Real) else None


def words_added(old: Vocabulary, new: Vocabulary) -> int:
    """How many words are new."""
    return len(set(new.words) - set(old.words))


def words_moved(old: Vocabulary, new: Vocabulary) -> bool:
    """Tell whether a word that was there has another place now, or none: its ML image means another word."""
    return new.words[: len(old.words)] != old.words
