"""A JSON Schema in a few words: `one of usage, diagnostic, content`; `whole number, 2 to 64`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final = {"integer": "whole number", "number": "number", "boolean": "true or false"}


def words_for(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    """Say what a value may be."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return words_for(defs[name], defs) if defs[name].get("type") != "object" else f"object: `{name}`"
    if "anyOf" in schema:
        options = [words_for(option, defs) for option in schema["anyOf"] if option.get("type") != "null"]
        return ", or ".join(dict.fromkeys(options))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    return _plain(schema, defs)


def _plain(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if kind == "array":
        inner = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        words = words_for(inner, defs)
        return f"list of {f'({words})' if ',' in words else words}" + _range(schema, "minItems", "maxItems", "")
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"object of {words_for(inner, defs)}" if isinstance(inner, dict) else "object"
    if kind in ("integer", "number"):
        return _TYPES[kind] + _range(schema, "minimum", "maximum", "") + _above(schema)
    if kind == "string":
        if schema.get("format") == "date":
            return "date, `YYYY-MM-DD`"
        pattern = f" matching `{schema['pattern']}`" if "pattern" in schema else ""
        return "text" + pattern + _range(schema, "minLength", "maxLength", " characters")
    return _TYPES.get(kind or "", "any JSON")


def _range(schema: Mapping[str, Any], least: str, most: str, unit: str) -> str:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f", {low:,} to {high:,}{unit}" if low != high else f", {low:,}{unit}"
    if high is not None:
        return f", at most {high:,}{unit}"
    return f", at least {low:,}{unit}" if low is not None else ""


def _above(schema: Mapping[str, Any]) -> str:
    return f", above {schema['exclusiveMinimum']:,}" if "exclusiveMinimum" in schema else ""
