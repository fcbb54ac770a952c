"""The registry's API: what Confluent's clients ask is answered as they expect it, and nothing is ever written."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from deploy.registry_app import MEDIA_TYPE, MOST, READ_ONLY, make_app
from tests.unit.gate_samples import CANARY, catalogue
from tests.unit.registry_samples import CALL_ENDED, subjects

ID = subjects().versions[CALL_ENDED][-1].id
TEXT = subjects().by_id[ID].text
TWICE = "ml.eligible-ml.meetings.diagnostic.UpdateInstalled"  # registered anew when a vocabulary's image changed
LAST = max(catalogue().schemas)


def ask(method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
    """Ask the application alone, without a server."""

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(subjects()), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **more)

    return asyncio.run(once())


def told(path: str) -> Any:  # noqa: ANN401 - JSON
    """Get a path that is answered."""
    response = ask("GET", path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    return response.json()


def problem(response: httpx.Response) -> tuple[int, int]:
    """Give status and code of a problem, which has a sentence too, and nothing else."""
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.json().keys() == {"error_code", "message"}
    assert response.json()["message"].endswith(".")
    return response.status_code, response.json()["error_code"]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/", {}),
        ("/contexts", ["."]),
        ("/contexts?offset=0&limit=-1", ["."]),
        ("/schemas/types", ["AVRO"]),
        ("/config", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        (f"/config/{CALL_ENDED}", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        ("/mode", {"mode": "READONLY"}),
        (f"/mode/{CALL_ENDED}", {"mode": "READONLY"}),
        ("/v1/metadata/id", {"id": "", "scope": {"path": [], "clusters": {"schema-registry-cluster": "tidegate"}}}),
        (f"/schemas/ids/{ID}/subjects", [CALL_ENDED]),
        (f"/schemas/ids/{ID}/versions", [{"subject": CALL_ENDED, "version": 1}]),
        (f"/schemas/ids/{ID}/schema", json.loads(TEXT)),
        (f"/subjects/{CALL_ENDED}/versions", [1]),
        (f"/subjects/{TWICE}/versions", [1, 2]),
        (f"/subjects/:.:{TWICE}/versions", [1, 2]),
        (f"/subjects/{CALL_ENDED}/versions/1/schema", json.loads(TEXT)),
        (f"/subjects/{CALL_ENDED}/versions/latest/referencedby", []),
        ("/subjects", list(subjects().versions)),
        ("/subjects?offset=2&limit=3", list(subjects().versions)[2:5]),
        ("/subjects?subjectPrefix=:*:", list(subjects().versions)),
        (f"/subjects?subjectPrefix={CALL_ENDED}", [CALL_ENDED]),
        ("/subjects?subjectPrefix=nothing", []),
    ],
)
def test_a_question_is_answered(path: str, answer: object) -> None:
    """Each path of the API that reads answers as documented, in the API's own media type."""
    assert told(path) == answer


@pytest.mark.parametrize("query", ["", f"?subject={CALL_ENDED}", "?subject=anything", "?format=resolved", "?format="])
def test_a_schema_comes_by_its_id(query: str) -> None:
    """Text and metadata; a Confluent client takes a schema without a type for Avro."""
    answer = told(f"/schemas/ids/{ID}{query}")
    assert answer == {"schema": TEXT, "metadata": {"properties": dict(subjects().by_id[ID].properties)}}


def test_the_largest_id_is_told_when_asked_for() -> None:
    """`fetchMaxId=true` adds it."""
    assert told(f"/schemas/ids/{ID}?fetchMaxId=true")["maxId"] == LAST
    assert "maxId" not in told(f"/schemas/ids/{ID}?fetchMaxId=false")


@pytest.mark.parametrize(("asked", "version"), [("1", 1), ("2", 2), ("latest", 2), ("-1", 2)])
def test_a_version_comes_whole(asked: str, version: int) -> None:
    """Subject, version, id, type, text, metadata; by number or the latest."""
    answer = told(f"/subjects/{TWICE}/versions/{asked}")
    wanted = subjects().versions[TWICE][version - 1]
    assert answer == {
        "subject": TWICE,
        "version": version,
        "id": wanted.id,
        "schemaType": "AVRO",
        "schema": wanted.text,
        "metadata": {"properties": dict(wanted.properties)},
    }


def test_all_schemas_come_at_once() -> None:
    """`/schemas` gives every version of the subjects asked for, or the latest of each."""
    assert len(told("/schemas")) == LAST
    latest = told("/schemas?latestOnly=true")
    assert [of["subject"] for of in latest] == list(subjects().versions)
    assert [of["version"] for of in told(f"/schemas?subjectPrefix={TWICE}")] == [1, 2]
    assert [of["version"] for of in told(f"/schemas?subjectPrefix={TWICE}&latestOnly=true")] == [2]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/schemas/ids/{LAST + 1}", 404, 40403),
        ("/schemas/ids/0", 404, 40403),
        ("/schemas/ids/-1", 404, 40403),
        ("/schemas/ids/ten", 404, 40403),
        ("/schemas/ids/²", 404, 40403),
        ("/schemas/ids/٣", 404, 40403),
        ("/schemas/ids/" + "9" * 5000 + "/schema", 404, 40403),
        (f"/schemas/ids/{LAST + 1}/versions", 404, 40403),
        (f"/schemas/ids/{LAST + 1}/subjects", 404, 40403),
        ("/subjects/call.ended/versions", 404, 40401),
        ("/subjects/call.ended/versions/1", 404, 40401),
        (f"/subjects/{CALL_ENDED}/versions/2", 404, 40402),
        (f"/subjects/{CALL_ENDED}/versions/2147483647", 404, 40402),
        (f"/subjects/{CALL_ENDED}/versions/2147483648", 422, 42202),
        (f"/subjects/{CALL_ENDED}/versions/0", 422, 42202),
        (f"/subjects/{CALL_ENDED}/versions/-2", 422, 42202),
        (f"/subjects/{CALL_ENDED}/versions/newest", 422, 42202),
        ("/config/call.ended", 404, 40401),
        ("/mode/call.ended", 404, 40401),
        ("/nothing", 404, 404),
        ("/subjects/", 404, 404),
        (f"/subjects/{CALL_ENDED}", 405, 405),
    ],
)
def test_what_is_not_there_has_the_api_s_code(path: str, status: int, code: int) -> None:
    """Unknown ids, subjects, versions and paths have Confluent's codes, by which clients know them."""
    assert problem(ask("GET", path)) == (status, code)


@pytest.mark.parametrize("text", [TEXT, catalogue().schemas[ID].text])
@pytest.mark.parametrize("query", ["", "?normalize=true&deleted=false"])
def test_a_text_is_looked_up(text: str, query: str) -> None:
    """The served and the frozen text are found, with id and version."""
    response = ask("POST", f"/subjects/{CALL_ENDED}{query}", json={"schema": text, "schemaType": "AVRO"})
    assert response.status_code == 200
    assert (response.json()["id"], response.json()["version"]) == (ID, 1)


@pytest.mark.parametrize(
    ("subject", "body", "status", "code"),
    [
        ("call.ended", json.dumps({"schema": TEXT}), 404, 40401),
        (TWICE, json.dumps({"schema": TEXT}), 404, 40403),
        (CALL_ENDED, json.dumps({"schema": '"string"'}), 404, 40403),
        (CALL_ENDED, json.dumps({"schema": TEXT, "schemaType": "JSON"}), 404, 40403),
        (CALL_ENDED, json.dumps({"schema": "{"}), 422, 42201),
        (CALL_ENDED, json.dumps({"schema": json.loads(TEXT)}), 422, 42201),
        (CALL_ENDED, json.dumps({}), 422, 42201),
        (CALL_ENDED, json.dumps([TEXT]), 422, 42201),
        (CALL_ENDED, "", 422, 42201),
        (CALL_ENDED, "[" * 200_000, 422, 42201),
        (CALL_ENDED, b"\xff\xfe", 422, 42201),
        (CALL_ENDED, b" " * (MOST + 1), 413, 413),
    ],
)
def test_a_look_up_that_finds_nothing_has_the_api_s_code(
    subject: str, body: str | bytes, status: int, code: int
) -> None:
    """Another text, no subject, no schema, no JSON, too much: each its code."""
    assert problem(ask("POST", f"/subjects/{subject}", content=body)) == (status, code)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/subjects/{CALL_ENDED}/versions"),
        ("POST", "/subjects/new/versions?normalize=false"),
        ("POST", f"/compatibility/subjects/{CALL_ENDED}/versions/latest"),
        ("DELETE", f"/subjects/{CALL_ENDED}"),
        ("DELETE", f"/subjects/{CALL_ENDED}/versions/1"),
        ("PUT", "/config"),
        ("PUT", f"/config/{CALL_ENDED}"),
        ("DELETE", "/config"),
        ("PUT", "/mode"),
        ("POST", "/schemas/ids/1"),
        ("PATCH", "/anything"),
        ("PUT", "/"),
    ],
)
def test_nothing_is_written(method: str, path: str) -> None:
    """Whatever would write is answered 405 with Confluent's code for it, and how schemas do come in."""
    response = ask(method, path, json={"schema": TEXT, "compatibility": "NONE", "mode": "READWRITE"})
    assert problem(response) == (405, 42205)
    assert response.json()["message"] == READ_ONLY
    assert "tidegate register" in READ_ONLY
    assert response.headers["allow"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/subjects/{}/versions", "/subjects/{}", "/{}", "/schemas/ids/{}", "/config/{}"])
def test_no_answer_says_back_what_was_asked(method: str, path: str) -> None:
    """Path, query and body of a question are in no answer that refuses it."""
    body = None if method == "GET" else {"schema": CANARY, CANARY: CANARY}
    response = ask(method, path.format(CANARY), params={"subject": CANARY, "format": CANARY}, json=body)
    assert response.status_code >= 400
    assert "Quince" not in response.text + str(response.headers)


def test_a_defect_is_answered_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is a 500 in the API's own form; its text, which may hold what was asked, stays inside."""

    def break_down(*_: object) -> object:
        raise KeyError(CANARY)

    monkeypatch.setattr("deploy.registry_desk.Desk.subjects", break_down)
    response = ask("GET", "/subjects")
    assert problem(response) == (500, 50001)
    assert "Quince" not in response.text


def test_a_head_is_a_get_without_a_body() -> None:
    """HEAD is answered where GET is."""
    response = ask("HEAD", f"/schemas/ids/{ID}")
    assert (response.status_code, response.content) == (200, b"")
