"""The catalogue's properties, out of the models that read them: type, default, meaning, and an example in use."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, get_args

from deploy.docs.examples import example_of
from deploy.docs.types import words_for
from schemas import model, signals
from schemas.check import approvals
from schemas.domains import AnyDomain, Domain
from schemas.domains.words import Enum, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_HEAD: Final = ("property", "type", "default", "meaning", "example")
MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "CatalogueFile": model.CatalogueFile,
    "BudgetWaiver": model.BudgetWaiver,
    "AttributesFile": model.AttributesFile,
    "AttributeGroup": model.AttributeGroup,
    "VocabularyFile": model.VocabularyFile,
    "WordWaiver": model.WordWaiver,
    "EventSchema": model.EventSchema,
    "EventMeta": model.EventMeta,
    "SpanMatch": signals.SpanMatch,
    "SpanEventMatch": signals.SpanEventMatch,
    "MetricMatch": signals.MetricMatch,
    "AvroField": model.AvroField,
    "Wiring": model.Wiring,
    "Suppression": model.Suppression,
    "ApprovalsFile": approvals.ApprovalsFile,
    "Approval": approvals.Approval,
}
DOMAINS: Final[Mapping[str, type[Domain]]] = {
    it.model_fields["domain"].default: it for it in get_args(get_args(AnyDomain)[0])
}
# What no author writes into a field's `tidegate`: it is the Avro type's, or the vocabulary file's.
_ELSEWHERE: Final = {Enum: {"name", "symbols"}, Vocabulary: {"vocabulary_version", "words"}}


@dataclass(frozen=True, slots=True)
class Property:
    """One property as its row says it."""

    name: str
    type: str
    default: str
    meaning: str
    example: str

    def row(self) -> str:
        """Write the row of a markdown table."""
        cells = (f"`{self.name}`", self.type, self.default, self.meaning, self.example)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def sections() -> Mapping[str, str]:
    """A table for each model, and one for all domains."""
    return {name: _table(properties(of, name)) for name, of in MODELS.items()} | {"domains": _domains()}


def properties(of: type[BaseModel], where: str, *, hidden: frozenset[str] = frozenset()) -> list[Property]:
    """Every property of a model; `where` says whose it is, for the example."""
    schema = of.model_json_schema(by_alias=True)
    made = []
    for name, info in of.model_fields.items():
        if name in hidden:
            continue
        written = info.alias or name
        shape = schema["properties"][written]
        made.append(
            Property(
                name=written,
                type=words_for(shape, schema.get("$defs", {})),
                default=_default(info),
                meaning=meaning_of(of, name),
                example=_code(example_of(where, written)),
            )
        )
    return made


def meaning_of(of: type, name: str) -> str:
    """Read the docstring below an attribute, in the class or in one it inherits from.

    Raises:
        LookupError: nobody has said what it means.
    """
    for base in of.__mro__:
        if base.__module__.partition(".")[0] == "schemas" and name in _docstrings(base):
            return _docstrings(base)[name]
    raise LookupError(f"{of.__name__}.{name} has no docstring below it: say what it means")


@cache
def _docstrings(of: type) -> dict[str, str]:
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(of))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found = {}
    for statement, after in pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and _is_text(after):
            found[statement.target.id] = " ".join(inspect.cleandoc(after.value.value).split())  # type: ignore[attr-defined]
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _domains() -> str:
    """One table a domain: its sentence, the Avro types it goes with, its parameters."""
    return "\n\n".join(_domain(name, of) for name, of in DOMAINS.items())


def _domain(name: str, of: type[Domain]) -> str:
    sentence = inspect.cleandoc(of.__doc__ or "").replace("\n\n", "\n")
    takes = " or ".join(f"`{avro}`" for avro in of.takes)
    hidden = frozenset({"domain", *_ELSEWHERE.get(of, set())})
    rows = properties(of, f"domain:{name}", hidden=hidden)
    parameters = f"\n\n{_table(rows)}" if rows else "\n\nNo parameters."
    return f"### `{name}`\n\n{sentence}\n\nAvro type: {takes}.{parameters}"


def _table(rows: list[Property]) -> str:
    return "\n".join([f"| {' | '.join(_HEAD)} |", "|" + "---|" * len(_HEAD), *(row.row() for row in rows)])


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "must be given"
    value: Any = info.get_default(call_default_factory=True)
    if value is None or value in ((), {}):
        return "none"
    return _code(json.dumps(value))


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
