"""What the models of the catalogue are made of: names and texts of a known form, and how strictly all of it is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
EventName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", max_length=64)]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*([.-][a-z0-9_]+)*$", max_length=96)]
ScopeName = Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=128)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Number = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]  # an Avro int
Owner = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
Sentence = Annotated[str, StringConstraints(min_length=4, max_length=500)]


class Strict(BaseModel):
    """Frozen, nothing unknown, no coercion, and no input in error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)
