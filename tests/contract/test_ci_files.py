"""Where the check runs: hook, action, workflow and GitLab job are what their services read, and they work."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ACTION = ROOT / "action.yml"
WORKFLOW = ROOT / "deploy" / "authoring" / "workflow.yml"
GITLAB = ROOT / "docs" / "examples" / "gitlab-ci.yml"
TEMPLATE = ROOT / "schemas" / "template"
SCHEMAS = {"vendor.github-actions": ACTION, "vendor.github-workflows": WORKFLOW, "vendor.gitlab-ci": GITLAB}


def ran(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment in a folder."""
    variables = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - the environment's own tools


def linted(folder: Path, workflow: str) -> subprocess.CompletedProcess[str]:
    """Run zizmor over the action and a workflow, without a network."""
    place = folder / ".github" / "workflows"
    place.mkdir(parents=True)
    shutil.copy(ACTION, folder)
    (place / "catalogue.yml").write_text(workflow, encoding="utf-8")
    return ran(["zizmor", "--offline", "--no-config", "--quiet", "--format", "json", "."], folder)


def repository(folder: Path) -> Path:
    """A repository with a catalogue in a folder of it."""
    shutil.copytree(TEMPLATE, folder / "telemetry" / "catalog")
    return folder / "telemetry" / "catalog"


def spoilt(catalog: Path) -> None:
    """Plant a defect."""
    file = catalog / "usage" / "FeatureUsed.avsc"
    schema = json.loads(file.read_text(encoding="utf-8"))
    schema["fields"][1]["doc"] = "No"
    file.write_text(json.dumps(schema), encoding="utf-8")


@pytest.fixture(scope="module")
def hook() -> Any:  # noqa: ANN401 - YAML
    """The one hook."""
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return hook


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    """The action and the workflow that `tidegate init` writes are clean."""
    done = linted(tmp_path, WORKFLOW.read_text(encoding="utf-8"))
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_zizmor_would_find_a_mistake(tmp_path: Path) -> None:
    """An action that is not pinned is found: the lint is in force."""
    text = re.sub(r"@[0-9a-f]{40}", "@v5", WORKFLOW.read_text(encoding="utf-8"))
    assert "unpinned-uses" in {finding["ident"] for finding in json.loads(linted(tmp_path, text).stdout)}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_services_can_read_their_files(schema: str) -> None:
    """Each is valid against the JSON Schema of its service."""
    done = ran(["check-jsonschema", "--builtin-schema", schema, str(SCHEMAS[schema])], ROOT)
    assert done.returncode == 0, done.stdout


def test_the_hook_runs_whatever_part_of_a_catalogue_changes(hook: Any) -> None:  # noqa: ANN401 - YAML
    """Its pattern takes each file that the check reads, and no other."""
    catalog = ROOT / "schemas" / "catalog"
    files = {path.relative_to(ROOT).as_posix() for path in catalog.rglob("*") if path.is_file()}
    assert {file for file in files if not re.search(hook["files"], file)} == {"schemas/catalog/README.md"}
    assert not re.search(hook["files"], "src/app/main.py")


def test_the_hook_checks_the_repository_s_catalogue(hook: Any, tmp_path: Path) -> None:  # noqa: ANN401 - YAML
    """Given its folder it finds what is wrong there, and only then."""
    catalog = repository(tmp_path)
    command = [*shlex.split(hook["entry"]), "telemetry/catalog"]
    assert ran(command, tmp_path).returncode == 0
    spoilt(catalog)
    assert ran(command, tmp_path).returncode == 1


def test_the_hook_without_a_folder_never_passes_for_another_catalogue(hook: Any, tmp_path: Path) -> None:  # noqa: ANN401 - YAML
    """Where nobody said which folder it fails: it does not check the catalogue that Tidegate ships."""
    repository(tmp_path)
    assert ran([*shlex.split(hook["entry"]), *hook["args"]], tmp_path).returncode != 0


def test_the_action_s_step_checks_and_fails(tmp_path: Path) -> None:
    """Its script, as the runner's bash runs it: 0 for a clean catalogue, 1 and a report in the file for a defect."""
    catalog = repository(tmp_path)
    step = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"][-1]
    assert set(step["env"]) == {"VENV", "CATALOG", "AGAINST", "FORMAT", "OUTPUT"}
    given = {"VENV": str(BIN.parent), "CATALOG": "telemetry/catalog", "AGAINST": ""}
    given |= {"FORMAT": "sarif", "OUTPUT": "o.sarif"}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    assert ran(bash, tmp_path, **given).returncode == 0
    spoilt(catalog)
    assert ran(bash, tmp_path, **given).returncode == 1
    assert len(json.loads((tmp_path / "o.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]) == 1
