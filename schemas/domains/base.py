"""What every domain is: the closed set a field's value must lie in, and the two images it leaves.

A domain never returns what it was given: an image is looked up, computed or keyed, so no byte of the input is copied.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

Avro = dict[str, Any] | str | list[Any]  # a type in Avro's JSON notation


@dataclass(frozen=True, slots=True)
class Context:
    """What a value is judged with: the service's own key, and when the collector received the record.

    `key` is the telemetry key in the collector and the ML key in the validator (32 bytes); neither service holds both.
    `moment` is in microseconds since the epoch.
    """

    key: bytes = field(repr=False)
    moment: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a domain decides, in words: its row in docs/domains.md.

    `folds` lists every way in which two different values have one telemetry image; nothing else does.
    """

    accepts: str
    refuses: str
    image: str
    capacity: str
    folds: tuple[str, ...] = ()


class Domain(BaseModel, ABC):
    """The parameters of one field's domain, as the schema states them, and what they mean."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)

    domain: str
    terms: ClassVar[Terms]
    takes: ClassVar[tuple[str, ...]]
    """Avro types that a field of this domain may be declared with (logical types as `type:logicalType`)."""

    @abstractmethod
    def telemetry(self, value: object, context: Context) -> object:
        """Return the exact image of a received value.

        Raises:
            OutsideDomain: the value is not in the domain.
        """

    @abstractmethod
    def reduce(self, image: object, context: Context) -> object:
        """Judge a telemetry image again, trusting nothing, and return its ML image.

        Raises:
            OutsideDomain: this is no image that `telemetry` could have made.
        """

    def is_other(self, image: object) -> bool:  # noqa: ARG002 - some domains have an OTHER
        """Tell whether a telemetry image stands for what is not listed."""
        return False

    @property
    @abstractmethod
    def images(self) -> int:
        """How many ML images there are; 1 for a pseudonym, whose image tells nothing but equality."""

    @abstractmethod
    def ml_type(self, name: str) -> Avro:
        """Give the Avro type of the ML image; `name` is free for a named type."""

    def ml_notes(self) -> dict[str, Any]:
        """What a reader of the ML schema needs to understand the image: words, edges, unit."""
        return {}

    @property
    def bits(self) -> float:
        """Capacity: log2 of the number of ML images."""
        return math.log2(self.images)
