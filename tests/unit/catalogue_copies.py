"""Small copies of the shipped catalogue to break: three events, one of each kind, and what they need."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.catalogue import SHIPPED
from schemas.findings import CatalogueInvalid, Finding

USAGE, DIAGNOSTIC, CONTENT = "usage/CallEnded.avsc", "diagnostic/ApiRequest.avsc", "content/ChatMessage.avsc"
ORIGIN, HEAD, TABLE, CODES = "types/Origin.avsc", "catalogue.yaml", "attributes.yaml", "vocabularies/http_status.yaml"
FILES = (
    USAGE, DIAGNOSTIC, CONTENT, ORIGIN, HEAD, CODES, "vocabularies/app.yaml", "vocabularies/platform.yaml",
    "vocabularies/http_method.yaml", "vocabularies/route.yaml",
)  # fmt: skip


def small(folder: Path) -> Path:
    """Make the copy; its table of attributes holds those that the three events take."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SHIPPED / name, folder / name)
    (folder / TABLE).write_text(_table(), encoding="utf-8")
    return folder


@cache
def _table() -> str:
    table = yaml.safe_load((SHIPPED / TABLE).read_text(encoding="utf-8"))
    whole = {name: group["class"] for group in table["groups"] for name in group["names"]}
    texts = "".join((SHIPPED / name).read_text(encoding="utf-8") for name in FILES)
    classes = {name: of for name, of in whole.items() if f'"{name}"' in texts or name == "search.query"}
    classes |= {"some.secret": "secret", "client.address": "network"}
    return yaml.safe_dump({"version": 1, "classes": classes})


def change(folder: Path, name: str, how: Callable[[Any], object]) -> None:
    """Change a file's data in place."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    data = json.loads(text) if name.endswith(".avsc") else yaml.safe_load(text)
    how(data)
    path.write_text(json.dumps(data) if name.endswith(".avsc") else yaml.safe_dump(data), encoding="utf-8")


def findings(read: Callable[[Path], object], folder: Path) -> tuple[Finding, ...]:
    """What is wrong with a folder; nothing when it reads."""
    try:
        read(folder)
    except CatalogueInvalid as invalid:
        return invalid.findings
    return ()
