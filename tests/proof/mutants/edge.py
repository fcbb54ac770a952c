"""The HTTP door: its limits, its answers and its silence."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

CODER, CODINGS = "collector/codings.py", ("tests/unit/test_collector_codings.py",)
QUOTA = "collector/quota.py"
VALUES = ("tests/unit/test_collector_quota.py", "tests/unit/test_collector_otlp.py")
BODY = ("tests/unit/test_collector_body.py",)
APP = ("tests/unit/test_collector_app.py",)
LOAD = ("tests/unit/test_collector_app_load.py",)
MANNERS = ("tests/unit/test_collector_manners.py",)
SERVE = ("tests/unit/test_collector_serve.py",)
ONE = ("tests/unit/test_collector_connection.py",)
CONNECTION = "collector/connection.py:HttpConnection"

WIRE, WIRE_TESTS = "collector/otlp_wire.py", ("tests/unit/test_collector_otlp_wire.py",)

MUTANTS: Final = (
    Mutant(
        "parts-asked", "P11", "what a large request is made of is known once it is parsed", "collector/otlp.py:decode",
        "check_parts(body, signal.request, limits)", "pass", WIRE_TESTS,
    ),
    Mutant(
        "parts-counted", "P11", "a large request has any number of parts", f"{WIRE}:check_parts",
        "parts < 0 or", "", WIRE_TESTS,
    ),
    Mutant(
        "fields-counted", "P11", "a large request has any number of fields", f"{WIRE}:check_parts",
        "or fields < 0", "", WIRE_TESTS,
    ),
    Mutant(
        "parts-depth", "P11", "messages of a large request stand in one another without end", f"{WIRE}:check_parts",
        "len(levels) > DEEPEST", "False", WIRE_TESTS,
    ),
    Mutant(
        "number-ends", "P11", "a number of a request has any length", f"{WIRE}:_varint",
        "shift > _LONGEST", "False", WIRE_TESTS,
    ),
    Mutant(
        "heap-holes", "P11", "what large bodies took is never given back", "collector/heap.py:few_heaps",
        "mallopt(_M_MMAP_THRESHOLD, MAPPED)", "pass", ("tests/unit/test_collector_heap.py",),
    ),
    Mutant(
        "media-type", "P11", "a body of any type is read as protobuf", "collector/body.py:is_json",
        "case [only] if only in (JSON, PROTOBUF):", "case [only, *_]:", BODY,
    ),
    Mutant(
        "body-size", "P11", "a body of any size is held", "collector/body.py:read",
        "len(body) + len(chunk) > most", "False", BODY,
    ),
    Mutant(
        "body-announced", "P11", "any size may be announced", "collector/body.py:check_announced",
        "len(given) > _MOST_DIGITS or int(given) > most", "False", BODY,
    ),
    Mutant(
        "body-asked-for", "P11", "a body that is announced too large is asked for", "collector/app.py:_Door._take",
        'check_announced(request.headers.getlist("content-length"), most)', "pass", MANNERS,
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
        "span-events", "P11", "a request holds any number of events within spans", f"{QUOTA}:Quota.span",
        "self._records < 0", "False", VALUES,
    ),
    Mutant(
        "span-links", "P11", "a span holds any number of links", f"{QUOTA}:Quota.span",
        "links > self._limits.attributes", "False", VALUES,
    ),
    Mutant(
        "texts", "P11", "a text beside the attributes is of any size", f"{QUOTA}:Quota.text",
        "len(text) > self._limits.value", "False", VALUES,
    ),
    Mutant(
        "line-full", "P11", "any number of requests wait in line", "collector/work.py:Work.admit",
        "self._waiting.total() >= self.limits.line and", "False and", LOAD,
    ),
    Mutant(
        "hands", "P11", "as many are judged at once as are in work", "collector/work.py:Work._turn",
        "hands.callback(await self._hands.acquire(sender))", "pass", LOAD,
    ),
    Mutant(
        "who-waits-goes", "P11", "connections that say nothing lock others out", "collector/crowd.py:Crowd.came",
        "oldest.let_go()", "pass", MANNERS,
    ),
    Mutant(
        "all-in-work", "P11", "any number of connections is in work", "collector/crowd.py:Crowd.full",
        "len(self._in_work) >= self._most", "False", MANNERS,
    ),
    Mutant(
        "coding", "P11", "an unknown coding is read as none", f"{CODER}:coding_of",
        'raise UnsupportedMedia("the content encoding must be gzip, deflate, zstd or identity")',
        "return None", CODINGS,
    ),
    Mutant(
        "bomb-stopped", "P11", "a bomb of gzip is decompressed whole", f"{CODER}:_inflate",
        "inflate.decompress(body, most + 1)", "inflate.decompress(body)", CODINGS,
    ),
    Mutant(
        "bomb-size", "P11", "a decompressed body exceeds the limit", f"{CODER}:_check_size",
        "size > most", "False", CODINGS,
    ),
    Mutant(
        "bomb-growth", "P11", "a body grows any number of times", f"{CODER}:decompress",
        "min(limits.body, grown)", "limits.body", CODINGS,
    ),
    Mutant(
        "stream-whole", "P11", "a compressed body that is cut short passes", f"{CODER}:_check_end",
        "not ended", "False", CODINGS,
    ),
    Mutant(
        "stream-alone", "P11", "bytes after the compressed stream are let by", f"{CODER}:_check_end",
        "if rest:", "if False:", CODINGS,
    ),
    Mutant(
        "zstd-pieces", "P11", "a bomb of zstd is decompressed whole", f"{CODER}:_ZSTD_PIECE",
        "64", "2**30", CODINGS,
    ),
    Mutant(
        "value-depth", "P11", "values nest without bound", f"{QUOTA}:Quota.count",
        "depth > self._limits.depth", "False", VALUES,
    ),
    Mutant(
        "values-counted", "P11", "a request holds any number of values", f"{QUOTA}:Quota.take",
        "self._left < 0", "False", VALUES,
    ),
    Mutant(
        "beside-counted", "P11", "a request holds any number of links and exemplars",
        "collector/otlp_values.py:Reader.beside", "self._quota.take(number)", "pass", VALUES,
    ),
    Mutant(
        "entities-counted", "P11", "a resource holds any number of entities",
        "collector/otlp_values.py:Reader.resource", "self.beside((), len(message.entity_refs))", "pass", VALUES,
    ),
    Mutant(
        "buckets-together", "P11", "all histograms of a request hold any number of buckets", f"{QUOTA}:Quota.buckets",
        " or self._buckets < 0", "", VALUES,
    ),
    Mutant(
        "attributes-counted", "P11", "a record has any number of attributes", f"{QUOTA}:Quota.attributes",
        "number > self._limits.attributes", "False", VALUES,
    ),
    Mutant(
        "buckets-counted", "P11", "a histogram has any number of buckets", f"{QUOTA}:Quota.buckets",
        "number > self._limits.attributes", "False", VALUES,
    ),
    Mutant(
        "key-size", "P11", "an attribute's key is of any length", f"{QUOTA}:Quota.key",
        "len(key) > self._limits.key", "False", VALUES,
    ),
    Mutant(
        "value-size", "P11", "a text is of any length", f"{QUOTA}:Quota.plain",
        "len(value) > self._limits.value", "False", VALUES,
    ),
    Mutant(
        "turns", "P11", "any number of requests is in work at once", "collector/work.py:Work.__init__",
        "Turns(limits.requests)", "Turns(10**6)", LOAD,
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
        "library-text", "P7", "a library's text is logged, in the form for people", "collector/logbook.py:_Text.format",
        "if _is_ours(record):", "if True:", ("tests/unit/test_collector_logbook.py",),
    ),
    Mutant(
        "library-seldom", "P7", "a library's lines bury our own", "collector/logbook.py:_Seldom.filter",
        "< _EVERY", "< 0", ("tests/unit/test_collector_logbook.py",),
    ),
    Mutant(
        "no-redirect", "P7", "a redirect says path and query back", "collector/app.py:app_of",
        "app.router.redirect_slashes = False", "app.router.redirect_slashes = True", APP,
    ),
    Mutant(
        "head-size", "P11", "a head without end is read", f"{CONNECTION}.data_received",
        "self.manners.head if self.in_head else", "self.manners.request if self.in_head else", MANNERS,
    ),
    Mutant(
        "request-size", "P11", "a request without end is read", f"{CONNECTION}.data_received",
        "self.manners.head if self.in_head else self.manners.request", "self.manners.head if self.in_head else 2**60",
        MANNERS,
    ),
    Mutant(
        "slow-senders", "P11", "a sender holds a connection for ever", f"{CONNECTION}._expect",
        "self.deadline = self.loop", "self.loop", MANNERS,
    ),
    Mutant(
        "drop-size", "P11", "a request without end is heard, though not read", f"{CONNECTION}.data_received",
        "self.received > _DROPPED * self.manners.request", "False", MANNERS,
    ),
    Mutant(
        "drop-heard", "P10", "who sends far too much is cut off and sends it again", f"{CONNECTION}._refuse",
        "self.loop.call_later(_PARTING, self.transport.close)", "self.loop.call_soon(self.transport.close)", ONE,
    ),
    Mutant(
        "upgrade-body", "P10", "what comes with a wish for h2c is lost, behind a 200",
        f"{CONNECTION}.on_headers_complete", "if self.parser.should_upgrade():", "if False:",
        ONE,
    ),
    Mutant(
        "transfer-coding", "P11", "a body is taken as it is coded", f"{CONNECTION}.on_headers_complete",
        'value.lower() != b"chunked"', "False", ONE,
    ),
    Mutant(
        "tunnel", "P11", "a tunnel is asked for without end", f"{CONNECTION}.on_headers_complete",
        'self.parser.get_method() == b"CONNECT"', "False", ONE,
    ),
    Mutant(
        "nonsense-behind", "P10", "nonsense behind a request takes its answer", f"{CONNECTION}._refuse",
        "if self._ends_with_what_is_whole():", "if False:", ONE,
    ),
    Mutant(
        "pipelined-told", "P7", "a sender that goes writes lines of defects", f"{CONNECTION}._give_up",
        "each.disconnected = True", "pass", ONE,
    ),
    Mutant(
        "pipelined-kept", "P10", "a request in work behind another is let go", f"{CONNECTION}.on_response_complete",
        "not self.unanswered or self.unanswered[0].more_body", "True", ONE,
    ),
    Mutant(
        "body-allowed", "P10", "a body that the operator allows is cut off", "collector/connection.py:manners_for",
        "max(DEFAULT.request, 2 * body)", "DEFAULT.request", ONE,
    ),
    Mutant(
        "half-closed", "P10", "who says no more behind a request gets no answer", f"{CONNECTION}.eof_received",
        'self.scheme == "http" and self._ends_with_what_is_whole()', "False", ONE,
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
