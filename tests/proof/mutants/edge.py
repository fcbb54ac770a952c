"""The HTTP door: its limits, its answers and its silence."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

BODY = ("tests/unit/test_collector_body.py",)
APP = ("tests/unit/test_collector_app.py",)
LOAD = ("tests/unit/test_collector_app_load.py",)
MANNERS = ("tests/unit/test_collector_manners.py",)
SERVE = ("tests/unit/test_collector_serve.py",)

MUTANTS: Final = (
    Mutant(
        "media-type", "P11", "a body of any type is read as protobuf", "collector/body.py:is_json",
        "case [only] if only in (JSON, PROTOBUF):", "case [only, *_]:", BODY,
    ),
    Mutant(
        "coding", "P11", "an unknown coding is read as none", "collector/body.py:is_gzip",
        'raise UnsupportedMedia("the content encoding must be gzip or identity")', "return False", BODY,
    ),
    Mutant(
        "body-size", "P11", "a body of any size is held", "collector/body.py:read",
        "len(body) + len(chunk) > most", "False", BODY,
    ),
    Mutant(
        "bodies-held", "P11", "many bodies together take any room", "collector/body.py:Room.hold",
        "size > self._left", "False", BODY,
    ),
    Mutant(
        "room-given-back", "P11", "each request leaves less room", "collector/body.py:Room.hold",
        "self._left += held", "pass", BODY,
    ),
    Mutant(
        "gzip-bomb", "P11", "a bomb is decompressed whole", "collector/body.py:gunzip",
        "inflate.decompress(body, most + 1)", "inflate.decompress(body)", BODY,
    ),
    Mutant(
        "gzip-size", "P11", "a decompressed body exceeds the limit", "collector/body.py:gunzip",
        "len(plain) > most", "False", BODY,
    ),
    Mutant(
        "gzip-whole", "P11", "a body that is cut short passes", "collector/body.py:gunzip",
        "not inflate.eof", "False", BODY,
    ),
    Mutant(
        "gzip-rest", "P11", "bytes after the member are let by", "collector/body.py:gunzip",
        "if inflate.unused_data:", "if False:", BODY,
    ),
    Mutant(
        "turns", "P11", "any number of requests is in work at once", "collector/app.py:_Logs.__init__",
        "asyncio.Semaphore(limits.requests)", "asyncio.Semaphore(10**6)", LOAD,
    ),
    Mutant(
        "defect-answered", "P10", "a defect is answered 500, which loses the batch", "collector/app.py:_Guard.__call__",
        "except Exception as defect:", "except ZeroDivisionError as defect:", APP,
    ),
    Mutant(
        "defect-told-briefly", "P7", "a defect's text is logged", "collector/quiet.py:place_of",
        "{type(defect).__name__}", "{type(defect).__name__}: {defect}", APP,
    ),
    Mutant(
        "no-redirect", "P7", "a redirect says path and query back", "collector/app.py:make_app",
        "app.router.redirect_slashes = False", "app.router.redirect_slashes = True", APP,
    ),
    Mutant(
        "head-size", "P11", "a head without end is read", "collector/serve.py:_Limited.data_received",
        "self.manners.head if self.in_head else", "self.manners.request if self.in_head else", MANNERS,
    ),
    Mutant(
        "request-size", "P11", "a request without end is read", "collector/serve.py:_Limited.data_received",
        "self.manners.head if self.in_head else self.manners.request", "self.manners.head if self.in_head else 2**60",
        MANNERS,
    ),
    Mutant(
        "slow-senders", "P11", "a sender holds a connection for ever", "collector/serve.py:_Limited.connection_made",
        "self.deadline = self.loop", "self.loop", MANNERS,
    ),
    Mutant(
        "traceback-cut", "P7", "the server logs an exception's text", "collector/serve.py:_cut_traceback",
        "if record.exc_info and record.exc_info[1]:", "if False:", MANNERS,
    ),
    Mutant(
        "loop-told-briefly", "P7", "the event loop logs what a callback raised", "collector/serve.py:_Server.startup",
        "set_exception_handler(_tell_briefly)", "set_exception_handler(None)", MANNERS,
    ),
    Mutant(
        "server-unnamed", "P7", "answers name the server's software", "collector/serve.py:serve",
        "server_header=False", "server_header=True", SERVE,
    ),
)  # fmt: skip
