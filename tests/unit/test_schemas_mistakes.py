"""What is told of mistakes outside the seals: whose they are, which are equal, in the form of today and the first."""

from __future__ import annotations

import hmac
import io
from dataclasses import replace

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Codec, CodecError
from schemas.domains.pseudonyms import keyed
from schemas.mistakes import Mistake, Sender
from schemas.quarantine import Label, Recipient, Stage, new_identity, quarantined
from schemas.quarantine_forms import QUARANTINE_CODEC, QUARANTINED, QUARANTINED_1, outside
from schemas.reasons import Reason, Refusal, Size, ValueKind
from schemas.registry import Role
from tests.unit.gate_samples import CANARY, NOW, catalogue

KEY = bytes(range(32))
TO = Recipient(new_identity()[1])
BODY = Refusal(Reason.BODY, 4, None, ValueKind.STRING, Size.SMALL)
WORD = Refusal(Reason.NOT_IN_VOCABULARY, 4, "reason", ValueKind.STRING, Size.TINY)
OLD, NEW = Sender("meetings-web", "6.1.2"), Sender("meetings-web", "6.2.0")
TOLD = st.fixed_dictionaries({
    "reason": st.sampled_from([reason.code for reason in Reason]),
    "schema_id": st.none() | st.integers(0, 200),
    "field": st.none() | st.just("origin.app"),
    "value_kind": st.just("string"),
    "size": st.sampled_from(list(map(str, Size))),
    "count": st.integers(1, 2**31 - 1),
})  # fmt: skip


def test_the_registered_schemas_are_those_in_the_code() -> None:
    """The first form under id 1, for ever; the newest under the newest id."""
    registered = [schema for schema in catalogue().schemas.values() if schema.role is Role.QUARANTINE]
    assert [schema.avro for schema in registered] == [QUARANTINED_1, QUARANTINED]
    assert registered[0].id == 1
    assert registered[-1].id == catalogue().quarantine_id


def test_what_was_sealed_in_the_first_form_is_read() -> None:
    """By the code of today and by any Avro reader that resolves it: of no sender, with no fingerprint."""
    first = fastavro.parse_schema(QUARANTINED_1, named_schemas={})
    told = {"reason": "body", "schema_id": 4, "field": None, "value_kind": "string", "size": "1-15", "count": 3}
    value = {"stage": "VALIDATOR", "catalogue": "0" * 12, "hour": 0, "records": 3, "refusals": [told]}
    value["sealed"] = TO.seal(b"x")
    out = io.BytesIO()
    fastavro.schemaless_writer(out, first, value)
    nobody = {"app": None, "app_version": None, "fingerprint": ""}
    assert outside(out.getvalue()) == {**value, "refusals": [told | nobody]}
    newest = fastavro.parse_schema(QUARANTINED, named_schemas={})
    resolved = fastavro.schemaless_reader(io.BytesIO(out.getvalue()), first, newest)
    assert isinstance(resolved, dict)
    assert resolved["refusals"] == [told | nobody]


@given(st.lists(TOLD, min_size=1, max_size=4))
def test_no_record_has_both_forms(told: list[dict[str, object]]) -> None:
    """One of the first form with any refusals is none of the newest: which one was written is never a guess."""
    value = {"stage": "COLLECTOR", "catalogue": "0" * 12, "hour": 0, "records": 1, "refusals": told}
    payload = Codec(QUARANTINED_1).encode(value | {"sealed": b"age-encryption.org/v1" * 10})
    with pytest.raises(CodecError):
        QUARANTINE_CODEC.decode(payload)


def test_a_record_of_no_form_is_refused() -> None:
    """Whoever may write to the topic can write anything."""
    with pytest.raises(CodecError) as caught:
        outside(CANARY.encode())
    assert "Quince" not in str(caught.value)


def test_several_apps_in_one_batch_stand_apart() -> None:
    """Equal refusals of two releases are two entries, each with its count."""
    mistakes = [Mistake(BODY, OLD), Mistake(BODY, NEW), Mistake(BODY, NEW), Mistake(BODY)]
    payload = quarantined(Label(Stage.COLLECTOR, "0" * 12, NOW, KEY), mistakes, "otlp.logs", [], TO)
    assert {(each["app"], each["app_version"]): each["count"] for each in outside(payload)["refusals"]} == {
        (None, None): 1,
        ("meetings-web", "6.1.2"): 1,
        ("meetings-web", "6.2.0"): 2,
    }


def test_a_fingerprint_is_equal_for_equal_mistakes_and_for_no_others() -> None:
    """Reason, schema, field, kind of value, app and version each count; the value's size does not, the key does."""
    changes: list[Mistake] = [
        Mistake(replace(WORD, reason=Reason.WRONG_TYPE), OLD),
        Mistake(replace(WORD, schema_id=5), OLD),
        Mistake(replace(WORD, field=None), OLD),
        Mistake(replace(WORD, value_kind=ValueKind.BYTES), OLD),
        Mistake(WORD, NEW),
        Mistake(WORD, Sender("meetings-ios", "6.1.2")),
        Mistake(WORD, Sender(None, "6.1.2")),
        Mistake(WORD),
    ]
    mine = Mistake(WORD, OLD).fingerprint(KEY)
    assert len({mine, *(mistake.fingerprint(KEY) for mistake in changes)}) == len(changes) + 1
    assert Mistake(replace(WORD, size=Size.HUGE), OLD).fingerprint(KEY) == mine
    assert Mistake(WORD, OLD).fingerprint(bytes(32)) != mine
    assert len(bytes.fromhex(mine)) == 8


def test_a_fingerprint_is_no_pseudonym() -> None:
    """The key is that of pseudonyms: the same bytes under it give another image there."""
    of = Mistake(Refusal(Reason.UNKNOWN_EVENT))
    told = repr(("unknown_event", None, None, "record", None, None)).encode()
    assert of.fingerprint(KEY) == hmac.digest(KEY, b"tidegate/mistake/1\x00" + told, "sha256")[:8].hex()
    assert of.fingerprint(KEY) != keyed(KEY, told, 64).hex()
