"""Values of any registered schema, drawn from its text alone, as plain Avro would have them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

LONG, INT = 2**63, 2**31
_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-INT, INT - 1),
    "long": st.integers(-LONG, LONG - 1),
    "double": st.floats(allow_nan=False),
    "string": st.text(max_size=20),
    "bytes": st.binary(max_size=20),
}


def values(avro: Any, named: dict[str, Any] | None = None) -> st.SearchStrategy[Any]:  # noqa: ANN401 - an Avro type
    """Give values of an Avro type; `named` collects the types that later parts of the schema name."""
    known = {} if named is None else named
    if isinstance(avro, str):
        return _PLAIN[avro] if avro in _PLAIN else values(known[avro], known)
    if isinstance(avro, list):
        return st.one_of([values(item, known) for item in avro])
    kind = avro["type"]
    if "name" in avro:
        known[avro["name"]] = known[f"{avro.get('namespace')}.{avro['name']}"] = avro
    if kind == "record":
        return st.fixed_dictionaries({field["name"]: values(field["type"], known) for field in avro["fields"]})
    if kind == "array":
        return st.lists(values(avro["items"], known), max_size=4)
    return _leaves(avro, kind)


def _leaves(avro: dict[str, Any], kind: str) -> st.SearchStrategy[Any]:
    if kind == "enum":
        return st.sampled_from(avro["symbols"])
    return st.binary(min_size=avro["size"], max_size=avro["size"]) if kind == "fixed" else _PLAIN[kind]
