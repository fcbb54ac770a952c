"""What can go wrong at the collector's edge, in Tidegate's own words.

    CollectorError
    ├── RequestError        permanent: the sender must not send this again as it is
    │   ├── Unauthenticated     401  no ingest token, or one that is not known or was revoked
    │   ├── Forbidden           403  the token has expired, or is for other origins
    │   ├── Undecodable         400  the bytes are not what their content type and coding say
    │   ├── NotCarried          404  a signal that has no way through
    │   ├── TooLarge            413  more than the limits take in one request
    │   └── UnsupportedMedia    415  a content type or coding that is not taken
    └── CannotStart         the collector does not start: one line that says what to do
        ├── CannotListen        the address is taken, not ours, or not allowed
        ├── BadCertificate      certificate, key or authority can't be used
        ├── BadTokens           the tokens file can't be read, or there is none and there has to be
        └── SlowProtobuf        protobuf would run without its native decoder

Every text is a constant of the code, or made of our own settings: none holds anything that was received. Whoever raises
one because of a foreign exception writes `from None`, as the foreign text may hold input.
"""

from __future__ import annotations


class CollectorError(Exception):
    """Something at the collector's edge; its text is safe to log and to answer with."""


class RequestError(CollectorError):
    """A request that is answered with `status`, over gRPC with `code`, and whose sender must not repeat it."""

    status = 400
    code = 3  # INVALID_ARGUMENT


class Unauthenticated(RequestError):  # noqa: N818 - what the request is, in one word
    """The request does not say who sends it, or nobody of that name is known."""

    status = 401
    code = 16  # UNAUTHENTICATED


class Forbidden(RequestError):  # noqa: N818 - what the request is, in one word
    """Who sends it may not."""

    status = 403
    code = 7  # PERMISSION_DENIED


class Undecodable(RequestError):  # noqa: N818 - what the request is, in one word
    """The body is not what it is said to be."""


class NotCarried(RequestError):  # noqa: N818 - what the request is, in one word
    """It is of a signal that has no way through."""

    status = 404
    code = 12  # UNIMPLEMENTED


class TooLarge(RequestError):  # noqa: N818 - what the request is, in one word
    """The request holds more than one request may."""

    status = 413


class UnsupportedMedia(RequestError):  # noqa: N818 - what the request is, in one word
    """The content type or coding is not taken."""

    status = 415


class CannotStart(CollectorError):  # noqa: N818 - a fact, said as one
    """The collector cannot start; the text says why and what to do."""


class CannotListen(CannotStart):
    """The address cannot be listened on."""


class BadCertificate(CannotStart):
    """A certificate, its key or an authority can't be used; read anew while the collector runs, the old stays."""


class BadTokens(CannotStart):
    """The tokens file is not what it should be; read anew while the collector runs, senders are told to come again."""


class SlowProtobuf(CannotStart):
    """Protobuf runs on its pure Python implementation, about a hundred times slower."""
