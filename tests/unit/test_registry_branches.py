"""Two branches that both register: the conflict is seen, and `docs/catalogue.md` says how it is resolved."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from schemas.catalogue import load, register
from schemas.findings import CatalogueInvalid
from schemas.registry import read_registry
from tests.unit.catalogue_copies import DIAGNOSTIC, USAGE, change, small

ATTRIBUTES = Path(__file__).parents[2] / ".gitattributes"
INDEX = "catalog/registered/index.tsv"


class Repository:
    """A real git repository in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalogue = folder / "catalog"
        self.git("init", "--quiet", "--initial-branch=main")
        for key, value in {"user.name": "test", "user.email": "test@localhost", "commit.gpgsign": "false"}.items():
            self.git("config", key, value)

    def git(self, *arguments: str, fails: bool = False) -> str:
        """Run git; `fails` says whether it does."""
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - git, with arguments of ours
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")

    def branch(self, name: str, file: str) -> None:
        """Branch off main, change an event, register, commit."""
        self.git("checkout", "--quiet", "-b", name, "main")
        change(self.catalogue, file, lambda data: data["fields"].pop())
        assert register(self.catalogue)
        self.commit()

    def index(self) -> list[str]:
        """Give the lock file's lines."""
        return (self.folder / INDEX).read_text(encoding="utf-8").splitlines()


@pytest.fixture(params=["with our attributes", "without"])
def repository(tmp_path: Path, request: pytest.FixtureRequest) -> Repository:
    """Main has a registered catalogue and then `calls`, merged; `api` branched off before, and registered too."""
    made = Repository(tmp_path)
    small(made.catalogue)
    register(made.catalogue)
    if request.param == "with our attributes":
        (tmp_path / ".gitattributes").write_bytes(ATTRIBUTES.read_bytes())
    made.commit()
    made.branch("calls", USAGE)
    made.branch("api", DIAGNOSTIC)
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "calls")
    return made


def test_the_second_branch_conflicts_in_the_lock_file(repository: Repository) -> None:
    """Both took the same ids: git merges neither into the other, and names the lock file."""
    repository.git("merge", "api", fails=True)
    assert INDEX in repository.git("diff", "--name-only", "--diff-filter=U").split()


@pytest.mark.parametrize("way", ["merge", "rebase"])
def test_the_conflict_is_resolved_by_registering_again(repository: Repository, way: str) -> None:
    """Main's ids stay, the branch's schemas get the next ones, and the catalogue loads: as the page says."""
    main = repository.index()
    repository.git("checkout", "--quiet", "api")
    repository.git(way, "main", fails=True)
    repository.git("restore", "--source=main", "--staged", "--worktree", "--", "catalog/registered")
    added = register(repository.catalogue)
    repository.git("add", "catalog")
    repository.git("-c", "core.editor=true", way, "--continue")
    assert repository.git("status", "--porcelain") == ""
    assert repository.index()[: len(main)] == main
    assert [schema.id for schema in added] == [len(main), len(main) + 1]  # the first line is no id
    assert sorted(read_registry(repository.catalogue)) == list(range(1, len(main) + 2))
    plans = load(repository.catalogue).plans
    assert {schema.id for schema in added if schema.event == "api.request"} >= {plans["api.request"].schema_id}
    assert plans["call.ended"].schema_id < len(main)


@pytest.mark.parametrize("kept", ["--ours", "--theirs"])
def test_a_careless_resolution_does_not_load(repository: Repository, kept: str) -> None:
    """Who takes one side's registry and goes on has schemas that are not registered, or texts of nobody."""
    repository.git("merge", "api", fails=True)
    repository.git("checkout", kept, "--", "catalog/registered")
    repository.commit()
    with pytest.raises(CatalogueInvalid) as told:
        load(repository.catalogue)
    assert all(finding.rule.endswith(("pending", "stray")) for finding in told.value.findings)


def test_a_union_of_both_does_not_load(repository: Repository) -> None:
    """A merge driver that keeps both sides' lines, set against our attributes, gives an index that is refused."""
    (repository.folder / ".git" / "info" / "attributes").write_text("index.tsv merge=union\n", encoding="utf-8")
    repository.git("merge", "api", fails=True)  # the texts conflict still
    assert INDEX not in repository.git("diff", "--name-only", "--diff-filter=U").split()
    with pytest.raises(CatalogueInvalid) as told:
        load(repository.catalogue)
    assert {finding.rule for finding in told.value.findings} & {"structure/registry-index", "structure/registry-edited"}


def test_equal_registrations_do_not_conflict(repository: Repository) -> None:
    """Two branches that register the very same schema get the same id and merge."""
    repository.git("checkout", "--quiet", "-b", "same", "main~1")
    change(repository.catalogue, USAGE, lambda data: data["fields"].pop())
    register(repository.catalogue)
    repository.commit()
    repository.git("merge", "--quiet", "--no-edit", "main")
    assert repository.index() == repository.git("show", f"main:{INDEX}").splitlines()
    load(repository.catalogue)
