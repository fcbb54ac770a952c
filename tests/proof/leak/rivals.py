"""What a team would use instead: filters that look at a text and let it pass, or find something in it.

A filter lets a value through when it finds nothing in it. That is kind to filters that only mask what they find
and pass on the rest. Their words and figures never come into the report: only how many values passed.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any, Final

MODEL: Final = "en_core_web_sm"  # spaCy's model of English, where somebody has installed it
# The patterns that OpenTelemetry Collector redaction processors are commonly given (`blocked_values`).
REDACTED: Final = (
    r"4[0-9]{12}(?:[0-9]{3})?",  # Visa
    r"(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}",  # MasterCard
    r"3[47][0-9]{13}",  # American Express
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",  # e-mail
    r"\b\d{3}-\d{2}-\d{4}\b",  # social security
    r"\+?\d{1,3}[ .-]?\(?\d{2,4}\)?(?:[ .-]?\d{2,4}){2,3}",  # telephone
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b",  # IPv4
    r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",  # token
)
# What fields of telemetry get in a JSON Schema; a value passes when the most lenient of them takes it, as with ours.
PATTERNS: Final = {
    "name": r"^[a-z][a-z0-9_.]{0,63}$",
    "id": r"^[A-Za-z0-9_-]{1,64}$",
    "symbol": r"^[A-Z][A-Z0-9_]{0,63}$",
    "version": r"^\d+(\.\d+){1,3}([-+][A-Za-z0-9.]+)?$",
    "locale": r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$",
    "zone": r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$",
    "route": r"^([A-Z]+ )?/[A-Za-z0-9_{}./:-]*$",
    "mime": r"^[a-z]+/[a-z0-9.+-]+$",
    "time": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
    "device": r"^[A-Za-z0-9][A-Za-z0-9 _()+-]{0,31}$",
    "agent": r"^[A-Za-z]+/[0-9.]+ .{0,400}$",
}
Passes = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rival:
    """A filter: does it let a text pass? Or why it could not be asked."""

    name: str
    passes: Passes | None
    note: str


def rivals() -> Iterator[Rival]:
    """Give every filter, each with what has to be said of it."""
    yield Rival(
        "redaction patterns", _redaction(), "eight patterns as the OpenTelemetry Collector's redaction is given"
    )
    yield Rival(
        "a blank or non-ASCII", lambda text: text.isascii() and not any(map(str.isspace, text)), "one line of code"
    )
    for name, module, make in (
        ("JSON Schema", "jsonschema", _json_schema),
        ("scrubadub", "scrubadub", _scrubadub),
        ("Presidio", "presidio_analyzer", _presidio),
    ):
        if util.find_spec(module) is None:
            yield Rival(name, None, "not measured: it is not installed (`pip install '.[proof]'`)")
        else:
            passes, note = make()
            yield Rival(f"{name} {metadata.version(module.replace('_', '-'))}", passes, note)


def _redaction() -> Passes:
    patterns = [re.compile(pattern) for pattern in REDACTED]
    return lambda text: not any(pattern.search(text) for pattern in patterns)


def _json_schema() -> tuple[Passes, str]:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only where it is installed

    fields = {name: {"type": "string", "pattern": pattern} for name, pattern in PATTERNS.items()}
    validator = Draft202012Validator({"anyOf": list(fields.values())})
    return validator.is_valid, f"{len(PATTERNS)} fields with a pattern each; passes when any takes it"


def _scrubadub() -> tuple[Passes, str]:
    with _silent():
        import scrubadub  # noqa: PLC0415 - only where it is installed

        scrubber: Any = scrubadub.Scrubber()

    def passes(text: str) -> bool:
        with _silent():
            return next(iter(scrubber.iter_filth(text)), None) is None

    return passes, "its default detectors"


def _presidio() -> tuple[Passes, str]:
    with _silent():
        engine, has_model = _engine()

    def passes(text: str) -> bool:
        with _silent():
            return not engine.analyze(text, language="en")

    if has_model:
        return passes, f"all recognisers for English, with spaCy's {MODEL}"
    return passes, f"recognisers of patterns for English alone: no model of language ({MODEL}) is installed"


def _engine() -> tuple[Any, bool]:
    """Make its engine; without a model of language, on a pipeline that only cuts words."""
    import spacy  # noqa: PLC0415 - only where it is installed
    import tldextract  # noqa: PLC0415 - as above
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # noqa: PLC0415 - as above
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: PLC0415 - as above

    # Top-level domains from its own snapshot: a benchmark asks nobody on the network.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    has_model = util.find_spec(MODEL) is not None
    nlp: Any = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": MODEL}])
    if not has_model:
        nlp.nlp = {"en": spacy.blank("en")}
    registry: Any = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    if not has_model:
        registry.remove_recognizer("SpacyRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"]), has_model


@contextmanager
def _silent() -> Iterator[None]:
    """Keep a library's warnings and logs, which may hold what it was given, out of every output."""
    before = logging.root.manager.disable
    logging.disable(sys.maxsize)
    try:
        with (
            warnings.catch_warnings(),
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
            redirect_stderr(nowhere),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
