"""Domains over closed lists of words: flag, enum, vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from schemas.domains.base import Avro, Context, Domain, Terms
from schemas.reasons import OutsideDomain, Reason

OTHER = "OTHER"
Miss = Literal["refuse", "other"]
Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]  # an Avro name


@dataclass(frozen=True, slots=True)
class Shape:
    """What the words of a list look like, so that a word which is not listed can be told from language."""

    longest: int
    signs: frozenset[str]
    ends: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[str | int]) -> Shape:
        """Take the measure of a list: its longest word, the signs in it, those at a word's ends."""
        texts = [str(word) for word in words]
        ends = frozenset(end for text in texts for end in (text[0], text[-1]) if not _is_plain(end))
        signs = frozenset(char for text in texts for char in text if "!" <= char <= "~") - {" "}
        return cls(max(map(len, texts)), signs | _JOINTS, ends)

    def fits(self, text: str) -> bool:
        """Tell whether text could be a word of the list. The detector of language: docs/domains.md says how good it is.

        Not longer than the longest; no blank; letters and digits of ASCII, the signs `_`, `-` and `.`, and those that
        some word has; at its ends a letter or digit, or a sign that ends some word.
        """
        return (
            0 < len(text) <= self.longest
            and all(_is_plain(char) or char in self.signs for char in text)
            and all(_is_plain(end) or end in self.ends for end in (text[0], text[-1]))
        )


_JOINTS = frozenset("_-.")


def _is_plain(char: str) -> bool:
    return char.isascii() and char.isalnum()


class Flag(Domain):
    """A boolean; both images are the same boolean."""

    domain: Literal["flag"] = "flag"
    terms: ClassVar[Terms] = Terms(
        accepts="true and false",
        refuses="everything else: 1, 1.0, a text",
        image="the boolean",
        capacity="1",
    )
    takes: ClassVar[tuple[str, ...]] = ("boolean",)
    images: ClassVar[int] = 2

    def telemetry(self, value: object, context: Context) -> object:  # noqa: ARG002 - the domains' common signature
        """Take exactly true and false."""
        if value is True or value is False:
            return value
        raise OutsideDomain(Reason.WRONG_TYPE)

    def reduce(self, image: object, context: Context) -> object:
        """Take exactly true and false."""
        return self.telemetry(image, context)

    def ml_type(self, name: str) -> Avro:  # noqa: ARG002 - needs no named type
        """A boolean."""
        return "boolean"


class Enum(Domain):
    """An Avro enum. A value is a symbol or the symbol in lower case: `HOST_ENDED` is also reached by `host_ended`.

    With `on_miss: other` a short word that is not listed becomes OTHER; what is longer than the longest symbol, or
    could be language (a blank, anything outside ASCII, a sign that no symbol has), is refused all the same.
    """

    domain: Literal["enum"] = "enum"
    terms: ClassVar[Terms] = Terms(
        accepts="a symbol, or the symbol in lower case",
        refuses="any other spelling, blanks around it, look-alikes; with `on_miss: other`, what could be language",
        image="the symbol",
        capacity="log2(symbols)",
        folds=("a symbol and its lower case", "with `on_miss: other`, OTHER and every short word that is not listed"),
    )
    on_miss: Miss = "refuse"
    """What becomes of a short word that is not listed: refused, or OTHER, which must be a symbol."""
    name: Symbol
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=64)]
    takes: ClassVar[tuple[str, ...]] = ("enum",)

    @model_validator(mode="after")
    def _other_exists(self) -> Enum:
        if self.on_miss == "other" and OTHER not in self.symbols:
            raise ValueError("`on_miss: other` needs the symbol OTHER")
        return self

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Every accepted spelling, with its symbol."""
        return {symbol.lower(): symbol for symbol in self.symbols} | {symbol: symbol for symbol in self.symbols}

    @cached_property
    def _shape(self) -> Shape:
        return Shape.of(self.symbols)

    def is_other(self, image: object) -> bool:
        """OTHER, said by the sender or put for a miss."""
        return self.on_miss == "other" and image == OTHER

    def telemetry(self, value: object, context: Context) -> object:  # noqa: ARG002 - as above
        """Look the symbol up."""
        if not isinstance(value, str):
            raise OutsideDomain(Reason.WRONG_TYPE)
        symbol = self.spellings.get(value)
        if symbol is None:
            return missed(value, self.on_miss, self._shape)
        return symbol

    def reduce(self, image: object, context: Context) -> object:  # noqa: ARG002 - as above
        """Look the symbol up, in its one canonical spelling."""
        if isinstance(image, str) and image in self.symbols:
            return self.spellings[image]
        raise OutsideDomain(Reason.NOT_IN_VOCABULARY)

    @property
    def images(self) -> int:
        """One a symbol."""
        return len(self.symbols)

    def ml_type(self, name: str) -> Avro:  # noqa: ARG002 - keeps the name its author gave
        """The same enum."""
        return {"type": "enum", "name": self.name, "symbols": list(self.symbols)}


class Vocabulary(Domain):
    """A member of a versioned list of words, or of whole numbers such as status codes; exact, case and all.

    ML image: 0 for OTHER, else the word's place in the list, counted from 1.
    """

    domain: Literal["vocabulary"] = "vocabulary"
    terms: ClassVar[Terms] = Terms(
        accepts="a word of the list, exactly; in a list of numbers, the whole number",
        refuses="any other spelling or type: another case, `1.0` or `true` for 1; with `on_miss: other`, as an enum",
        image="the word's place in the list, from 1; 0 for OTHER",
        capacity="log2(words), log2(words + 1) with OTHER",
        folds=("with `on_miss: other`, every short word, or every number, that is not listed",),
    )
    on_miss: Miss = "refuse"
    """What becomes of a short word that is not listed: refused, or OTHER (0 among numbers)."""
    vocabulary: str
    """The list: `vocabularies/NAME.yaml`."""
    vocabulary_version: Annotated[int, Field(ge=1)]
    words: Annotated[tuple[str, ...] | tuple[int, ...], Field(min_length=1, max_length=4096)]
    takes: ClassVar[tuple[str, ...]] = ("string", "int")

    @model_validator(mode="after")
    def _other_is_free(self) -> Vocabulary:
        if self.on_miss == "other" and (OTHER in self.words or 0 in self.words):
            raise ValueError("`on_miss: other` stands for OTHER (0 among numbers), so no word may be that")
        if len(set(self.words)) != len(self.words):
            raise ValueError("a word stands twice")
        return self

    @cached_property
    def places(self) -> dict[tuple[type, str | int], int]:
        """Place of each word, keyed with its type: 1, 1.0 and true are three things."""
        words: tuple[str | int, ...] = self.words
        return {(type(word), word): place for place, word in enumerate(words, start=1)}

    @cached_property
    def _shape(self) -> Shape:
        return Shape.of(self.words)

    def is_other(self, image: object) -> bool:
        """OTHER, or 0 among numbers."""
        return self.on_miss == "other" and image == (0 if self._numeric else OTHER)

    @property
    def _numeric(self) -> bool:
        return isinstance(self.words[0], int)

    def telemetry(self, value: object, context: Context) -> object:  # noqa: ARG002 - as above
        """Look the word up and return the list's own copy of it."""
        wanted = int if self._numeric else str
        if type(value) is not wanted:
            raise OutsideDomain(Reason.WRONG_TYPE)
        place = self.places.get((wanted, value))
        if place is not None:
            return self.words[place - 1]
        if self._numeric:
            if self.on_miss == "other":
                return 0
            raise OutsideDomain(Reason.NOT_IN_VOCABULARY)
        return missed(str(value), self.on_miss, self._shape)

    def reduce(self, image: object, context: Context) -> object:  # noqa: ARG002 - as above
        """Return the place of a word; 0 for OTHER where the field allows it."""
        if self.on_miss == "other" and type(image) in (str, int) and image == (0 if self._numeric else OTHER):
            return 0
        if type(image) not in (str, int):
            raise OutsideDomain(Reason.WRONG_TYPE)
        place = self.places.get((type(image), image))  # type: ignore[arg-type]
        if place is None:
            raise OutsideDomain(Reason.NOT_IN_VOCABULARY)
        return place

    @property
    def images(self) -> int:
        """One a word, and OTHER where the field allows it."""
        return len(self.words) + (self.on_miss == "other")

    def ml_type(self, name: str) -> Avro:  # noqa: ARG002 - needs no named type
        """A place in the list."""
        return "int"

    def ml_notes(self) -> dict[str, Any]:
        """The list itself, so that the registered schema alone tells the word of a place."""
        return {"vocabulary": self.vocabulary, "vocabulary_version": self.vocabulary_version, "words": list(self.words)}


def missed(value: str, on_miss: Miss, shape: Shape) -> str:
    """OTHER for a short word where the field allows it; a refusal for anything that could be language."""
    if on_miss == "other" and shape.fits(value):
        return OTHER
    raise OutsideDomain(Reason.NOT_IN_VOCABULARY)
