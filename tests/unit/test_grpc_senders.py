"""Who may send over gRPC: the same tokens and rates as over HTTP, and nothing for a browser's token."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import httpx
import pytest

from collector.limits import Limits
from collector.otlp import encode_logs
from collector.rates import Rates
from collector.records import LogRecord, Resource, Scope
from collector.senders import Rate
from collector.signals import LOGS
from collector.tokens import Tokens
from collector.work import Work
from tests.unit.collector_grpc import Answered, Client, both, client
from tests.unit.collector_intakes import Recording
from tests.unit.collector_senders import PAGE, SECRETS, TOKENS, bearer, entrance_of, token
from tests.unit.collector_serving import BODY, url
from tests.unit.gate_samples import IDS
from tests.waiting import eventually

TEN = encode_logs([LogRecord(Resource((("tenant.id", IDS[0]),)), Scope("s"), time=number) for number in range(10)])


def shown(name: str) -> dict[str, str]:
    """Give the metadata of a call with a token."""
    return {"authorization": f"Bearer {SECRETS[name]}"}


@contextmanager
def guarded(
    folder: Path,
    intake: Recording,
    tokens: Tokens = TOKENS,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Iterator[tuple[Client, int]]:
    """Serve both doors with tokens; give a client of the gRPC one, and the port of the other."""
    entrance = entrance_of(folder, tokens, rates=Rates(lambda: 0.0))
    with both(Work(intake, limits, entrance)) as doors, client(doors.target) as caller:
        yield caller, doors.http


def test_a_token_says_whose_records_these_are(tmp_path: Path) -> None:
    """Its tenant and app, whatever the payload says."""
    intake = Recording()
    with guarded(tmp_path, intake) as (caller, _):
        assert caller.export(TEN, metadata=shown("good")) == Answered("OK")
    told = {dict(record.resource.attributes)["tenant.id"] for record in intake.records}
    assert (told, len(intake.records)) == ({IDS[2]}, 10)


@pytest.mark.parametrize(
    ("metadata", "code", "text"),
    [
        ({}, "UNAUTHENTICATED", "send one header `Authorization: Bearer TOKEN`"),
        (shown("unknown"), "UNAUTHENTICATED", "the token is not known here, or was revoked"),
        ({"authorization": "Bearer wrong"}, "UNAUTHENTICATED", "the token is not known here, or was revoked"),
        (shown("gone"), "UNAUTHENTICATED", "the token is not known here, or was revoked"),
        (shown("old"), "PERMISSION_DENIED", "the token is expired"),
        (shown("page"), "PERMISSION_DENIED", "the token is not for this origin"),
        (shown("page") | {"origin": PAGE}, "PERMISSION_DENIED", "a browser's token is for OTLP/HTTP"),
    ],
    ids=["none", "unknown", "of-another-form", "revoked", "expired", "public", "public-with-origin"],
)
def test_who_may_not_send_is_refused_for_good(metadata: dict[str, str], code: str, text: str, tmp_path: Path) -> None:
    """No browser speaks gRPC: whoever shows its token here has read it off a page."""
    intake = Recording()
    with guarded(tmp_path, intake) as (caller, _):
        assert caller.export(BODY, metadata=metadata) == Answered(code, text)
    assert intake.calls == 0


def test_a_tokens_file_that_broke_sends_nobody_away(tmp_path: Path) -> None:
    """UNAVAILABLE, until a good one is back."""
    with guarded(tmp_path, Recording()) as (caller, _):
        (tmp_path / "tokens.json").write_text("{")
        answer = caller.export(BODY, metadata=shown("good"))
    assert (answer.code, answer.again) == ("UNAVAILABLE", 5)


@pytest.mark.parametrize("rate", [Rate(records=10, burst=1), Rate(bytes=len(TEN), burst=1)], ids=["records", "bytes"])
def test_both_doors_share_a_senders_rate(rate: Rate, tmp_path: Path) -> None:
    """What was sent over HTTP counts over gRPC; another sender is not touched by it."""
    intake, tokens = Recording(), Tokens(tokens=(token("good", rate=rate), token("other")))
    with guarded(tmp_path, intake, tokens) as (caller, port):
        assert httpx.post(url(port), content=TEN, headers=bearer("good")).status_code == 200
        answer = caller.export(TEN, metadata=shown("good"))
        assert (answer.code, answer.again) == ("RESOURCE_EXHAUSTED", 1)
        assert answer.text == "this is more than your rate: send it again later"
        assert caller.export(TEN, metadata=shown("other")) == Answered("OK")
    assert len(intake.records) == 20


def test_who_has_used_up_its_rate_is_told_so_before_its_message_is_there(tmp_path: Path) -> None:
    """A full bucket takes a first one into debt; the next holds no place."""
    intake, tokens = Recording(), Tokens(tokens=(token("good", rate=Rate(records=5, burst=1)),))
    end = threading.Event()

    def never() -> Iterator[bytes]:
        end.wait(10)
        yield from ()

    with guarded(tmp_path, intake, tokens) as (caller, _):
        assert caller.export(TEN, metadata=shown("good")).code == "OK"
        call = caller.channel.stream_unary(f"/{LOGS.method}")
        late = call.future(never(), timeout=5, metadata=tuple(shown("good").items()))
        with pytest.raises(grpc.RpcError) as told:
            late.result()
        assert told.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        end.set()
    assert len(intake.records) == 10


def test_who_sends_no_message_keeps_nobody_out(tmp_path: Path) -> None:
    """As many calls as there are places, whose messages do not come, leave some to another sender."""
    end = threading.Event()

    def late() -> Iterator[bytes]:
        end.wait(20)
        yield BODY

    with guarded(tmp_path, Recording(), limits=Limits(message=5000, held=40_000, wait=0.2)) as (caller, _):
        call = caller.channel.stream_unary(f"/{LOGS.service}/Export")
        held = [call.future(late(), timeout=20, metadata=tuple(shown("good").items())) for _ in range(8)]
        eventually(lambda: sum(each.done() for each in held) == 5)
        assert caller.export(metadata=shown("other")).code == "OK"
        end.set()
        codes = Counter(each.code().name for each in held)
    assert codes == {"OK": 3, "UNAVAILABLE": 5}
