"""The domains: one closed union, told apart by `domain`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from schemas.domains.agents import UserAgent
from schemas.domains.base import Context, Domain
from schemas.domains.numbers import Count, Duration, Measure, Ratio, Size
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import Time
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Flag, Vocabulary

AnyDomain = Annotated[
    Flag | Enum | Vocabulary | Count | Size | Duration | Measure | Ratio | Time | Version | Pseudonym | UserAgent,
    Field(discriminator="domain"),
]
DOMAINS: TypeAdapter[AnyDomain] = TypeAdapter(AnyDomain)

__all__ = ["DOMAINS", "AnyDomain", "Context", "Domain"]
