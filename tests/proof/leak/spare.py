"""Values that packages bring, for a machine without the corpora: talk in many languages, and honest telemetry."""

from __future__ import annotations

import builtins
import errno
import http
import mimetypes
import random
import uuid
import zoneinfo
from collections.abc import Iterator
from importlib import resources
from typing import Final

Values = list[tuple[str, object, str]]  # category, value, domain
LONGEST = 400  # characters; a longer line is a paragraph
_EACH = 120
_AGENTS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{1} Safari/6",
    "Mozilla/5.0 (Linux; Android 1{1}; Pixel {1}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Mobile",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 1{1}_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/{0}.0",
)


def positives() -> Values:
    """Give the lines of chatterbot-corpus, each once, by language; and media made here."""
    folder = resources.files("chatterbot_corpus") / "data"
    found: dict[str, str] = {}
    for language in sorted(folder.iterdir(), key=lambda entry: entry.name):
        for file in sorted(language.iterdir(), key=lambda entry: entry.name) if language.is_dir() else ():
            found |= dict.fromkeys(_lines(file.read_text(encoding="utf-8")), language.name)
    return [(f"talk_{language}", line, "") for line, language in found.items()] + list(_media())


def _lines(text: str) -> Iterator[str]:
    """Read the lists of its YAML files: an item is a line of `- - text` or `  - text`."""
    for line in text.splitlines():
        item = line[4:].strip().strip("'\"")
        if line.startswith(("- - ", "  - ")) and 0 < len(item) <= LONGEST:
            yield item


def _media() -> Iterator[tuple[str, object, str]]:
    rng = random.Random("media")  # noqa: S311 - noise, no secret
    for _ in range(20):
        yield "media_pcm_ints", [rng.randint(-32768, 32767) for _ in range(64)], ""
        yield "media_pcm_floats", [rng.uniform(-1, 1) for _ in range(64)], ""


def negatives() -> Values:
    """Give codes, classes, zones and types of the standard library, ids, numbers, versions and user agents."""
    rng = random.Random("honest")  # noqa: S311 - examples, no secret
    ids = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(_EACH)]
    exceptions = [n for n, it in vars(builtins).items() if isinstance(it, type) and issubclass(it, BaseException)]
    versions = [f"{rng.randint(0, 30)}.{rng.randint(0, 60)}.{rng.randint(0, 900)}" for _ in range(_EACH)]
    agents = [_AGENTS[n % len(_AGENTS)].format(90 + n, n % 7 + 1) for n in range(_EACH)]
    return [
        *(("uuid", value, "pseudonym") for value in ids),
        *(("version", value, "version") for value in versions),
        *(("user_agent", value, "user_agent") for value in agents),
        *(("count", rng.randint(0, 9999), "count") for _ in range(_EACH)),
        *(("duration", rng.randint(1, 90_000), "duration") for _ in range(_EACH)),
        *(("measure", rng.uniform(-1e6, 1e6), "measure") for _ in range(_EACH)),
        *(("http_status", int(status), "enum") for status in http.HTTPStatus),
        *(("error_code", name, "vocabulary:error_code") for name in errno.errorcode.values()),
        *(("exception_class", name, "vocabulary:exception_class") for name in exceptions),
        *(("time_zone", name, "vocabulary:time_zone") for name in sorted(zoneinfo.available_timezones())),
        *(("mime_type", name, "vocabulary:mime_type") for name in sorted(set(mimetypes.types_map.values()))),
    ]
