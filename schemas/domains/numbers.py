"""Domains over numbers: count, size, duration (whole), measure, ratio (real). Exact in telemetry, coarse for ML."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from schemas.domains.base import Avro, Context, Domain, Terms
from schemas.reasons import OutsideDomain, Reason

MAX_EXACT = 2**53  # beyond it a float, and so most readers, can't tell neighbours apart
MOST_STEPS = 2**31 - 1  # what an Avro int can count


class Whole(Domain):
    """A whole number in [0, max].

    ML image: the index of a bucket. `buckets: n` gives 0 a bucket of its own and splits 1..max evenly on a logarithmic
    scale; `digits: 2` keeps two significant digits. Edges are computed in whole numbers alone: the same on any machine.
    """

    unit: str
    """What is counted, as UCUM writes it."""
    max: Annotated[int, Field(ge=1, le=MAX_EXACT)]
    """The largest value; above it is refused."""
    buckets: Annotated[int, Field(ge=2, le=64)] | None = None
    """Into how many buckets ML's image puts it: 0 alone, the rest evenly on a logarithmic scale."""
    digits: Literal[2] | None = None
    """Keeps two significant digits instead."""
    terms: ClassVar[Terms] = Terms(
        accepts="a whole number from 0 to `max`",
        refuses="booleans, reals (3.0 too), texts, what is below 0 or above `max`",
        image="the index of its bucket",
        capacity="log2(buckets)",
    )
    takes: ClassVar[tuple[str, ...]] = ("long", "int")

    @model_validator(mode="after")
    def _one_scale(self) -> Whole:
        if (self.buckets is None) == (self.digits is None):
            raise ValueError("give either `buckets` or `digits: 2`")
        return self

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Lower edge of each bucket, ascending, the first 0."""
        if self.digits is not None:
            return tuple(_two_digits(self.max))
        steps = (self.buckets or 2) - 1
        return (0, *sorted({_root(self.max**step, steps) for step in range(steps)}))

    def telemetry(self, value: object, context: Context) -> int:  # noqa: ARG002 - the domains' common signature
        """Take the number exactly; a bool or a float is none."""
        if type(value) is not int:
            raise OutsideDomain(Reason.WRONG_TYPE)
        if not 0 <= value <= self.max:
            raise OutsideDomain(Reason.OUT_OF_RANGE)
        return value

    def reduce(self, image: object, context: Context) -> object:
        """Return the bucket's index."""
        return bisect_right(self.edges, self.telemetry(image, context)) - 1

    @property
    def images(self) -> int:
        """One a bucket."""
        return len(self.edges)

    def ml_type(self, name: str) -> Avro:  # noqa: ARG002 - needs no named type
        """A bucket's index."""
        return "int"

    def ml_notes(self) -> dict[str, Any]:
        """The unit, and the lower edge of each bucket."""
        return {"unit": self.unit, "max": self.max, "edges": list(self.edges)}


class Count(Whole):
    """How many."""

    domain: Literal["count"] = "count"
    unit: Literal["1"] = "1"


class Size(Whole):
    """How large."""

    domain: Literal["size"] = "size"
    unit: Literal["By", "KiBy", "MiBy"] = "By"


class Duration(Whole):
    """How long."""

    domain: Literal["duration"] = "duration"
    unit: Literal["s", "ms", "us"]


class Real(Domain):
    """A number in [min, max]. ML image: how many whole `step`s it lies above `min`, rounded to the nearest."""

    min: float
    """The smallest value."""
    max: float
    """The largest value."""
    step: Annotated[float, Field(gt=0)]
    """How fine ML's image is."""
    unit: str
    """What is measured, as UCUM writes it."""
    terms: ClassVar[Terms] = Terms(
        accepts="a number from `min` to `max`",
        refuses="booleans, texts, NaN, infinities, what is out of bounds, whole numbers that a double can't hold",
        image="how many steps it lies above `min`, rounded",
        capacity="log2(steps + 1)",
        folds=("a whole number and the real of its value: SDKs send either", "-0.0 and 0.0"),
    )
    takes: ClassVar[tuple[str, ...]] = ("double",)

    @model_validator(mode="after")
    def _bounded(self) -> Real:
        if not (math.isfinite(self.min) and math.isfinite(self.max) and self.min < self.max):
            raise ValueError("`min` must be below `max`, both finite")
        if self.step > self.max - self.min:
            raise ValueError("`step` must not exceed `max` - `min`")
        if not (self.max - self.min) / self.step < MOST_STEPS:
            raise ValueError("`step` is too small for `max` - `min`: an Avro int must count the steps")
        return self

    def telemetry(self, value: object, context: Context) -> float:  # noqa: ARG002 - as above
        """Take the number exactly, as a float; minus zero is zero. SDKs send a whole float as an integer."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise OutsideDomain(Reason.WRONG_TYPE)
        if isinstance(value, float) and not math.isfinite(value):
            raise OutsideDomain(Reason.NOT_FINITE)
        if not self.min <= value <= self.max or float(value) != value:  # the latter: a whole number beyond 2^53
            raise OutsideDomain(Reason.OUT_OF_RANGE)
        return float(value) + 0.0

    def reduce(self, image: object, context: Context) -> object:
        """Return the number of steps above `min`."""
        if type(image) is not float:
            raise OutsideDomain(Reason.WRONG_TYPE)
        exact = self.telemetry(image, context)
        return min(self.images - 1, round((exact - self.min) / self.step))

    @property
    def images(self) -> int:
        """One a step, both ends included."""
        return round((self.max - self.min) / self.step) + 1

    def ml_type(self, name: str) -> Avro:  # noqa: ARG002 - needs no named type
        """A number of steps."""
        return "int"

    def ml_notes(self) -> dict[str, Any]:
        """What a step is worth: value = min + image * step."""
        return {"unit": self.unit, "min": self.min, "step": self.step}


class Measure(Real):
    """A measured quantity with its unit."""

    domain: Literal["measure"] = "measure"


class Ratio(Real):
    """A share of a whole, 0 to 1."""

    domain: Literal["ratio"] = "ratio"
    min: Annotated[float, Field(ge=0, le=0)] = 0.0
    max: Annotated[float, Field(ge=1, le=1)] = 1.0
    step: Annotated[float, Field(gt=0)] = 0.01
    unit: Literal["1"] = "1"


def _root(power: int, degree: int) -> int:
    """Smallest whole number whose `degree`-th power reaches `power`."""
    low, high = 1, 1 << (power.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        if middle**degree >= power:
            high = middle
        else:
            low = middle + 1
    return low


def _two_digits(most: int) -> list[int]:
    """0..99, then 100, 110, … 990, then 1000, 1100, … up to `most`."""
    edges = list(range(min(most, 99) + 1))
    step = 10
    while step * 10 <= most:
        edges += range(step * 10, min(most, step * 100 - 1) + 1, step)
        step *= 10
    return edges
