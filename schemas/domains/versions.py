"""The version domain: dotted numbers with bounds."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from schemas.domains.base import Avro, Context, Domain, Terms
from schemas.reasons import OutsideDomain, Reason

PARTS = ("major", "minor", "patch", "build")
_DOTTED = re.compile(r"(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){1,3}", re.ASCII)


class Version(Domain):
    """Two to four numbers, each within its bound; a shorter version is filled with zeros, a longer one refused.

    A bare number is no version: it may be somebody's age, PIN or answer.

    Telemetry image: the numbers joined anew. ML image: a record of the numbers.
    """

    domain: Literal["version"] = "version"
    components: Annotated[tuple[Annotated[int, Field(ge=1, le=99_999)], ...], Field(min_length=2, max_length=4)]
    """The largest value of each number: major, minor, patch, build."""
    terms: ClassVar[Terms] = Terms(
        accepts="two to four numbers with dots between, no more than the field has, each within its bound",
        refuses="a bare number, a leading nought or `v`, a suffix (`-beta`), numbers out of bounds or too many, floats",
        image="a record of the numbers",
        capacity="log2 of the product of (bound + 1)",
        folds=("numbers that are left out and noughts: 1.2 is 1.2.0",),
    )
    takes: ClassVar[tuple[str, ...]] = ("string",)

    def telemetry(self, value: object, context: Context) -> object:  # noqa: ARG002 - the domains' common signature
        """Return the version written from its numbers."""
        return ".".join(map(str, self._numbers(value)))

    def reduce(self, image: object, context: Context) -> object:  # noqa: ARG002 - as above
        """Return a record of the numbers."""
        numbers = self._numbers(image)
        if ".".join(map(str, numbers)) != image:
            raise OutsideDomain(Reason.NOT_A_VERSION)
        return dict(zip(PARTS, numbers, strict=False))

    def _numbers(self, value: object) -> list[int]:
        if not isinstance(value, str):
            raise OutsideDomain(Reason.WRONG_TYPE)
        if _DOTTED.fullmatch(value) is None:
            raise OutsideDomain(Reason.NOT_A_VERSION)
        numbers = [int(part) for part in value.split(".")]
        numbers += [0] * (len(self.components) - len(numbers))
        if len(numbers) > len(self.components):
            raise OutsideDomain(Reason.NOT_A_VERSION)
        if any(number > bound for number, bound in zip(numbers, self.components, strict=True)):
            raise OutsideDomain(Reason.NOT_A_VERSION)
        return numbers

    @property
    def images(self) -> int:
        """The product of what each number can be."""
        return math.prod(bound + 1 for bound in self.components)

    def ml_type(self, name: str) -> Avro:
        """A record of whole numbers."""
        fields: list[dict[str, Any]] = [{"name": part, "type": "int"} for part in PARTS[: len(self.components)]]
        return {"type": "record", "name": f"{name}Version", "fields": fields}
