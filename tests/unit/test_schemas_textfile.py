"""YAML is read the same with libyaml and without."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from schemas import textfile

CATALOG = Path(textfile.__file__).parent / "catalog"
FILES = sorted(path.relative_to(CATALOG).as_posix() for path in CATALOG.rglob("*.yaml"))
REFUSED = {
    "an alias": "a: &x 1\nb: *x\n",
    "a key twice": "a: 1\nb: 2\na: 3\n",
    "a key that is a number": "1: a\n",
    "an open list": "a: [1, 2\n",
    "an object of Python": "a: !!python/object:os.system {}\n",
    "nothing": "",
}


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as it is where PyYAML has no libyaml."""
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    spec = importlib.util.spec_from_file_location("plain_textfile", textfile.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FILES)
def test_both_parsers_read_the_same(plain: ModuleType, name: str) -> None:
    """The data and the place of each value, of every file of the sample catalogue."""
    path = CATALOG / name
    assert plain.read_yaml(path, name) == textfile.read_yaml(path, name)
    assert plain.places(path) == textfile.places(path)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_both_parsers_refuse_the_same(plain: ModuleType, tmp_path: Path, text: str) -> None:
    """By the same rule; words and column are the parser's own."""
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(textfile.Unreadable) as fast:
        textfile.read_yaml(path, "a.yaml")
    with pytest.raises(plain.Unreadable) as slow:
        plain.read_yaml(path, "a.yaml")
    assert slow.value.finding.rule == fast.value.finding.rule
