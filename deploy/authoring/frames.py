"""Lists the stack frames a package can show, without importing it: its sources are compiled, its code objects named.

A frame is `module.qualified_name`, such as `meetings.app.boot.load_profile`: what a client says of the top of a crash.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from importlib import metadata
from importlib.machinery import PathFinder
from importlib.util import decode_source
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Final

from deploy.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 128  # characters of a word, as in a vocabulary
MOST: Final = 4096  # words of a vocabulary
# Made by the compiler rather than written by a person, and not the same in each Python version.
_MADE: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "__annotate__"})


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a package, sorted; where they come from; how many were too long to be words."""

    package: str
    version: str
    licence: str
    digest: str
    words: tuple[str, ...]
    left_out: int

    @property
    def source(self) -> str:
        """The provenance line of the vocabulary."""
        version = f" {self.version}" if self.version else ""
        return (
            f"Code objects of {self.package}{version}, by `tidegate vocabulary frames`; sources' SHA-256 {self.digest}."
        )


def frames(package: str, only: str = "") -> Frames:
    """List the frames of an importable package or module; `only` keeps modules below a dotted name.

    Raises:
        Problem: there is no such package, it has no sources, or one is no Python.
    """
    digest = hashlib.sha256()
    words: set[str] = set()
    for module, path in sorted(_modules(package)):
        if only and module != only and not module.startswith(f"{only}."):
            continue
        source = _read(path)
        digest.update(f"{module}\0{len(source)}\0".encode() + source)
        words.update(f"{module}.{name}" for name in _names(_compiled(source, module)))
    if not words:
        raise Problem("No source of that name was found: give a package that is installed here, and sources with it.")
    short = tuple(sorted(word for word in words if len(word) <= LONGEST))
    version, licence = _published(package)
    return Frames(package, version, licence, digest.hexdigest()[:16], short, len(words) - len(short))


def _modules(package: str) -> Iterator[tuple[str, Path]]:
    """Find a package's source files by looking, not by importing: nothing of it runs."""
    if not package.isidentifier():
        raise Problem("PACKAGE is one name, such as `json`: keep a part of it with --only json.decoder.")
    spec = PathFinder.find_spec(package)
    if spec is None:
        raise Problem("There is no such package in this environment.")
    if spec.submodule_search_locations is None:
        yield from [(package, Path(spec.origin))] if spec.origin and spec.origin.endswith(".py") else []
    for folder in map(Path, spec.submodule_search_locations or ()):
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            names = parts[:-1] if parts[-1] == "__init__" else parts
            if all(name.isidentifier() for name in names):
                yield ".".join([package, *names]), path


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(f"A source of the package can't be read: {error.strerror}.") from None


def _compiled(source: bytes, module: str) -> CodeType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the package's own style
            return compile(decode_source(source), f"<{module}>", "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Problem(f"{module} is no Python that this interpreter compiles: leave it out with --only.") from None


def _names(code: CodeType) -> Iterator[str]:
    level = [code]
    while level:
        yield from (one.co_qualname for one in level if one.co_name not in _MADE and "<generic" not in one.co_name)
        level = [inner for one in level for inner in one.co_consts if isinstance(inner, CodeType)]


def _published(package: str) -> tuple[str, str]:
    """Give version and licence of the distribution that the package comes in; empty where none says so."""
    names = metadata.packages_distributions().get(package)
    if not names:
        return "", ""
    licence = metadata.metadata(names[0]).json.get("license_expression")
    return metadata.version(names[0]), licence if isinstance(licence, str) else ""
