"""The registry's door: the Confluent Schema Registry REST API over `registered/`, for reading.

What clients ask to decode is answered as Confluent's registry answers it, and so is the look-up of a text
(`POST /subjects/{subject}`), which writes nothing. Everything that would write is answered 405 with 42205, Confluent's
code for "operation not permitted": schemas come in through `tidegate register`, and a review.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.registry_desk import Asked, Desk, Problem, Text
from deploy.registry_subjects import Subjects

MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
READ_ONLY: Final = "This registry is read-only: operation not permitted. Add schemas with `tidegate register`."
MOST: Final = 4 * 1024 * 1024  # bytes of a look-up's body
_READS: Final = {"GET", "HEAD", "OPTIONS"}
_NO_METHOD: Final = 405
_SENTENCES: Final = {404: "There is nothing at this path.", _NO_METHOD: "This path does not take this method."}


def make_app(subjects: Subjects) -> Starlette:
    """Make the ASGI application that serves `subjects`."""
    desk = Desk(subjects)
    cluster = {"id": "", "scope": {"path": [], "clusters": {"schema-registry-cluster": "tidegate"}}}
    paths: dict[str, Callable[[Asked, Asked], object]] = {
        "/": lambda _path, _query: {},
        "/contexts": lambda _path, _query: ["."],
        "/v1/metadata/id": lambda _path, _query: cluster,
        "/config": desk.config,
        "/config/{subject}": desk.config,
        "/mode": desk.mode,
        "/mode/{subject}": desk.mode,
        "/schemas": desk.schemas,
        "/schemas/types": lambda _path, _query: ["AVRO"],
        "/schemas/ids/{id}": desk.by_id,
        "/schemas/ids/{id}/schema": desk.text_by_id,
        "/schemas/ids/{id}/subjects": desk.subjects_of_id,
        "/schemas/ids/{id}/versions": desk.versions_of_id,
        "/subjects": desk.subjects,
        "/subjects/{subject}/versions": desk.versions,
        "/subjects/{subject}/versions/{version}": desk.version,
        "/subjects/{subject}/versions/{version}/schema": desk.text_of_version,
        "/subjects/{subject}/versions/{version}/referencedby": desk.referenced_by,
    }

    async def find(request: Request) -> Response:
        return _response(desk.find(request.path_params, await _asked(request)))

    app = Starlette(
        routes=[
            *(Route(path, _answering(answer), methods=["GET"]) for path, answer in paths.items()),
            Route("/subjects/{subject}", find, methods=["POST"]),
        ],
        exception_handlers={Problem: _told, HTTPException: _no_route, Exception: _ours},
    )
    app.router.redirect_slashes = False  # a redirect would say path and query back
    return app


def _answering(answer: Callable[[Asked, Asked], object]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        return _response(answer(request.path_params, request.query_params))

    return respond


async def _asked(request: Request) -> Mapping[str, object]:
    """Read a look-up's body, as far as one may be long."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST:
                raise Problem(413, 413, f"A look-up takes at most {MOST} bytes.")
        asked = json.loads(body)
    except (ValueError, RecursionError, ClientDisconnect):
        asked = None
    if not isinstance(asked, dict):
        raise Problem(422, 42201, "The body is not a JSON object.")
    return asked


async def _told(_request: Request, error: Exception) -> Response:
    """Answer with a problem that the desk found."""
    if not isinstance(error, Problem):
        raise error
    return _problem(error.status, error.code, error.sentence)


async def _no_route(request: Request, error: Exception) -> Response:
    """Answer for a path or method that the router does not know: what would write learns that nothing does."""
    if not isinstance(error, HTTPException):
        raise error
    writes = request.method not in _READS
    status = _NO_METHOD if writes else error.status_code
    sentence = READ_ONLY if writes else _SENTENCES.get(status, "This cannot be answered.")
    response = _problem(status, 42205 if writes else status, sentence)
    if status == _NO_METHOD:
        response.headers["allow"] = (error.headers or {}).get("Allow", "GET, HEAD")
    return response


async def _ours(_request: Request, _error: Exception) -> Response:
    """Answer for a defect of ours; the server logs its type and place."""
    return _problem(500, 50001, "The registry has a defect: its log says where.")


def _problem(status: int, code: int, sentence: str) -> Response:
    return _response({"error_code": code, "message": sentence}, status)


def _response(of: object, status: int = 200) -> Response:
    text = of if isinstance(of, Text) else json.dumps(of, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, media_type=MEDIA_TYPE)
