"""Fields that nothing bounds: each by its shape or, where that is text, by what its names say it holds."""

from __future__ import annotations

from schemas.findings import Finding
from schemas.model import AvroField
from schemas.names import saying_of
from schemas.shape import shape_of, unwrapped

NUMBERS = frozenset({"int", "long", "float", "double"})
_STILL = "or, for what a customer said, wrote, showed or shared, make it a content field of a content schema."
_SHAPES: dict[str, tuple[str, str, str]] = {
    "bytes": ("bytes", "Raw bytes carry anything.", f"Take a `size` or a `flag` in their place; {_STILL}"),
    "fixed": ("bytes", "Raw bytes carry anything.", f"Take a `size` or a `flag` in their place; {_STILL}"),
    "map": ("map", "A map's keys are chosen by the sender, and its values with them.", "Give each key a field."),
    "array": ("array", "An array has no bound.", "Give a count, or a field for each of a few items."),
    "union": ("open-union", "A union of several types is bounded by none.", 'Use one type, or ["null", T].'),
    "string": ("free-string", "A string without a domain carries any text.", f"Give a closed domain; {_STILL}"),
}
_SERIES = ("number-array", "Numbers in a row spell text.", "Give their count, or one `measure` of them all.")
_TIME = ("raw-time", "A raw timestamp is fine enough to carry text.", "Use the domain `time`: its hour or day is kept.")
_NONE = ("no-domain", "The field has no domain: nothing bounds its values.", f"Give `domain`; {_STILL}")
# Parameters that people expect a domain to have, and that would open it.
_PATTERN = ("pattern", "A pattern bounds nothing: text that fits it can be written.", "List the words: `vocabulary`.")
_FINE = ("fine-time", "A time finer than the hour can carry text.", 'Give `resolution` "hour" or "day".')
PATTERNS = frozenset({"pattern", "regex", "regexp", "format", "max_length", "min_length"})
GRAINS = ("hour", "day")


def open_field(field: AvroField, attribute: str | None, file: str, at: str) -> Finding:
    """Say what kind of open a field without a domain is; `at` is the JSON path of its `tidegate`."""
    _, avro = unwrapped(field.type)
    shape = shape_of(avro)
    told = (saying_of(attribute or "") or saying_of(field.name)) if shape == "string" else None
    if told is not None:
        return Finding(file, at, told.rule, f"The name says {told.says}, and no domain says otherwise.", told.remedy)
    rule, defect, remedy = _SHAPES.get(shape.split(":", 1)[0], _NONE)
    if shape == "array" and isinstance(avro, dict) and shape_of(avro.get("items")) in NUMBERS:
        rule, defect, remedy = _SERIES
    elif ":timestamp" in shape or ":time-" in shape or ":local-timestamp" in shape:
        rule, defect, remedy = _TIME
    return Finding(file, at, f"privacy/{rule}", defect, remedy)


def opened(parameters: dict[str, object], file: str, at: str) -> tuple[dict[str, object], list[Finding]]:
    """Parameters without those that would open a domain, and a finding for each of these."""
    findings = [
        Finding(file, f"{at}.{name}", f"privacy/{rule}", defect, remedy)
        for name, (rule, defect, remedy) in _openers(parameters)
    ]
    taken = {finding.path.removeprefix(f"{at}.") for finding in findings}
    return {name: value for name, value in parameters.items() if name not in taken}, findings


def _openers(parameters: dict[str, object]) -> list[tuple[str, tuple[str, str, str]]]:
    found = [(name, _PATTERN) for name in sorted(PATTERNS & set(parameters))]
    if parameters.get("domain") == "time" and parameters.get("resolution", "hour") not in GRAINS:
        found.append(("resolution", _FINE))
    return found
