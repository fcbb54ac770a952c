"""What the registry answers: the Confluent Schema Registry REST API for reading, without HTTP.

Each method takes a request's path parameters and query, and gives what is answered, as JSON would have it; `Text` is
answered as it is. Errors are `Problem`, with Confluent's own codes. No answer says back what was asked with.

    40401  no such subject          42201  the text is no schema
    40402  no such version          42202  no version number
    40403  no such schema
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from deploy.registry_subjects import NoSchema, Subjects, Version

COMPATIBILITY: Final = "FULL_TRANSITIVE"
_DEFAULT_CONTEXT: Final = ":.:"
_EVERY_CONTEXT: Final = ":*:"
_LAST_VERSION: Final = 2**31 - 1
_VERSIONS: Final = 'A version is a number from 1 to 2^31-1, or "latest".'
_SUBJECT: Final = "Subject not found. A subject is the topic, a hyphen and the record's full name."
Item = TypeVar("Item")
Asked = Mapping[str, str]


class Problem(Exception):  # noqa: N818 - an answer
    """An answer that is none: HTTP status, the API's code, a sentence without anything of the request."""

    def __init__(self, status: int, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence


class Text(str):
    """A schema text, answered as it is."""

    __slots__ = ()


class Desk:
    """Answers, one method a path."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects

    def config(self, path: Asked, _query: Asked) -> object:
        """Tell what `tidegate check` holds a change against, of a subject or of all."""
        self._known(path)
        return {"compatibilityLevel": COMPATIBILITY}

    def mode(self, path: Asked, _query: Asked) -> object:
        """Tell that nothing is written here, to a subject or at all."""
        self._known(path)
        return {"mode": "READONLY"}

    def schemas(self, _path: Asked, query: Asked) -> object:
        """Give every version, or the latest of each subject."""
        first = -1 if query.get("latestOnly") == "true" else 0
        return _page(query, [_whole(version) for of in self._listed(query) for version in of[first:]])

    def by_id(self, path: Asked, query: Asked) -> object:
        """Give a schema. `format` is not looked at: each text is whole, so its only format is the resolved one."""
        version = self._by_id(path)
        last = {"maxId": max(self._subjects.by_id)} if query.get("fetchMaxId") == "true" else {}
        return {"schema": version.text, "metadata": {"properties": version.properties}, **last}

    def text_by_id(self, path: Asked, _query: Asked) -> object:
        """Give a schema's text."""
        return Text(self._by_id(path).text)

    def subjects_of_id(self, path: Asked, query: Asked) -> object:
        """Name the subject of a schema: it has one."""
        return _page(query, [self._by_id(path).subject])

    def versions_of_id(self, path: Asked, query: Asked) -> object:
        """Give subject and version of a schema: it has one."""
        version = self._by_id(path)
        return _page(query, [{"subject": version.subject, "version": version.version}])

    def subjects(self, _path: Asked, query: Asked) -> object:
        """Name the subjects."""
        return _page(query, [of[0].subject for of in self._listed(query)])

    def versions(self, path: Asked, query: Asked) -> object:
        """Number a subject's versions."""
        return _page(query, [version.version for version in self._of(path)])

    def version(self, path: Asked, _query: Asked) -> object:
        """Give a version of a subject, or its latest."""
        return _whole(self._version(path))

    def text_of_version(self, path: Asked, _query: Asked) -> object:
        """Give the text of a version."""
        return Text(self._version(path).text)

    def referenced_by(self, path: Asked, _query: Asked) -> object:
        """Name the schemas that need this one: none, each text is whole."""
        self._version(path)
        return []

    def find(self, path: Asked, asked: Mapping[str, object]) -> object:
        """Look a text up: which id and version has it."""
        self._of(path)
        if asked.get("schemaType") not in {None, "AVRO"}:
            raise Problem(404, 40403, "Schema not found: there are Avro schemas only.")
        text = asked.get("schema")
        if not isinstance(text, str):
            raise Problem(422, 42201, 'The body has no text at "schema".')
        try:
            version = self._subjects.find(_subject(path), text)
        except NoSchema:
            raise Problem(422, 42201, "The schema is not JSON.") from None
        if version is None:
            raise Problem(404, 40403, "Schema not found: no version of this subject has this text.")
        return _whole(version)

    def _by_id(self, path: Asked) -> Version:
        version = self._subjects.by_id.get(_number(path["id"]))
        if version is None:
            raise Problem(404, 40403, "Schema not found: no such id is registered.")
        return version

    def _of(self, path: Asked) -> Sequence[Version]:
        versions = self._subjects.versions.get(_subject(path))
        if versions is None:
            raise Problem(404, 40401, _SUBJECT)
        return versions

    def _known(self, path: Asked) -> None:
        if "subject" in path:
            self._of(path)

    def _version(self, path: Asked) -> Version:
        versions, asked = self._of(path), path["version"]
        if asked in {"latest", "-1"}:
            return versions[-1]
        number = _number(asked)
        if not 1 <= number <= _LAST_VERSION:
            raise Problem(422, 42202, _VERSIONS)
        if number > len(versions):
            raise Problem(404, 40402, f"Version not found: this subject has versions 1 to {len(versions)}.")
        return versions[number - 1]

    def _listed(self, query: Asked) -> list[Sequence[Version]]:
        prefix = query.get("subjectPrefix", "").removeprefix(_EVERY_CONTEXT).removeprefix(_DEFAULT_CONTEXT)
        return [of for name, of in self._subjects.versions.items() if name.startswith(prefix)]


def _subject(path: Asked) -> str:
    return path["subject"].removeprefix(_DEFAULT_CONTEXT)


def _number(text: str) -> int:
    """Read a number of the request; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(_LAST_VERSION)) else 0


def _page(query: Asked, items: Sequence[Item]) -> Sequence[Item]:
    """Cut a list as `offset` and `limit` say; -1, or nothing, is no limit."""
    first, most = _number(query.get("offset", "")), _number(query.get("limit", ""))
    return items[first : first + most] if most else items[first:]


def _whole(version: Version) -> dict[str, object]:
    return {
        "subject": version.subject,
        "version": version.version,
        "id": version.id,
        "schemaType": "AVRO",
        "schema": version.text,
        "metadata": {"properties": version.properties},
    }
