"""Pseudonyms: which ids are taken, which texts are not, and what is left of either."""

from __future__ import annotations

import base64
import codecs
import hmac
import itertools
import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.domains.pseudonyms import _BROKEN, _has_stretch, _holds_text, _spells, is_random_id, keyed
from schemas.reasons import OutsideDomain, Reason
from tests.benchmarks.ids import PAGE, alarm_table, alarms, section
from tests.unit.domain_samples import COLLECTOR, VALIDATOR, anything, domain, refused
from tests.unit.id_forms import CROCKFORD, FORMS, NANOID, disguised, false_alarms, wilson

ID = domain(domain="pseudonym")
SHORT = domain(domain="pseudonym", bits=64)
DRAWS = 20_000
MORE_DRAWS = {
    "nanoid": 100_000,
    "hex of 16": 40_000,
    "ULID without a time": 60_000,
}  # their share is near enough to the goal to need more
TEXTS = [
    "", "alice", "Alice Smith", "alice@example.com", "room-42", "12345678", "4111111111111111", "5500005555555559",
    "+49 30 123456", "DE89370400440532013000", "meeting-with-bob-2024", "John_Smith_Room42-abc",
    "JohnSmithMeetingRoom1",
    "quarterly-planning-v2", "like-it-s-information", "WeeklySyncWithTheTeam", "THEREMEETSTHEBRAVEREDBEARS", "x" * 21,
    "X" * 26, "-" * 21, "1" * 21, "привет", "{7d9f3c1a-5b2e-4f60-8172-93a4b5c6d7e8}",
    "7d9f3c1a5b2e4f60817293a4b5c6d7e8\n",
    " 7d9f3c1a5b2e4f60817293a4b5c6d7e8", "7D9f3c1a5b2e4f60817293a4b5c6d7e8", "\uff10" * 16, "0" * 65, "9" * 400,
]  # fmt: skip
SAID = [
    "please keep it between us",
    "the layoffs are on Friday",
    "call me at nine",
    "Grandma is ill again",
    "we lost Acme",
]
SPELLED = [
    "Hi, Bob!",
    "see you at nine",
    "Quince-Heron told us all",
    "привет, как дела?",
    "你好我们开会吧",
    "Grüße an Jürgen",
]


@pytest.mark.parametrize("form", FORMS)
def test_random_ids_of_the_usual_forms_are_taken(form: str) -> None:
    """Fewer than one in a thousand is taken for text, with 95 % confidence; the seed is fixed, so it never flickers."""
    draws = MORE_DRAWS.get(form, DRAWS)
    _, at_most = wilson(false_alarms(form, draws), draws, 1.645)  # one-sided
    assert at_most < 1e-3


def test_the_page_tells_how_many_random_ids_are_refused() -> None:
    """Rows of docs/domains.md are what is measured now, form by form; `make bench` writes them anew."""
    told = section(PAGE.read_text("utf-8"), "ids").splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in told[4:]] == [*FORMS]
    made = alarm_table(alarms(("UUID v4", "UUID v5", "UUID v8, of a time", "hex of 16", "hex of 24")))
    assert [line for line in made.splitlines() if line not in told] == []


def test_text_in_the_form_of_an_id_is_found() -> None:
    """A line of English, disguised in each of the ways that ids allow: at most one in twenty passes for random."""
    lines = [f"{a} {b} {c}" for a, b, c in itertools.product(SAID, SAID, SAID) if a != b]
    tried, taken = Counter[str](), Counter[str]()
    for line in lines:
        for name, text in disguised(line):
            tried[name] += 1
            taken[name] += is_random_id(text)
    assert len(tried) == 9
    assert all(taken[name] <= count / 20 for name, count in tried.items()), taken


@pytest.mark.parametrize("text", TEXTS)
def test_names_numbers_and_slugs_are_no_ids(text: str) -> None:
    """Card and account numbers, slugs of a nanoid's length, capitals of a ULID's, anything around an id."""
    refused(Reason.NOT_AN_ID, ID.telemetry, text, COLLECTOR)


@pytest.mark.parametrize(
    ("text", "coding"),
    [(text, "utf-8") for text in SPELLED]
    + [(text, coding) for text in SPELLED if text.isascii() for coding in ("utf-16-le", "utf-16-be", "utf-32-le")],
)
def test_hex_that_spells_is_no_id(text: str, coding: str) -> None:
    """Any script in UTF-8; what is ASCII in UTF-16 and UTF-32 too."""
    hidden = text.encode(coding).hex()[:64]
    refused(Reason.NOT_AN_ID, ID.telemetry, hidden, COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, hidden.upper(), COLLECTOR)


def test_other_forms_that_spell_are_no_ids() -> None:
    """A UUID, a snowflake and a nanoid of text's bytes."""
    text = b"see you at 9 am!"
    refused(Reason.NOT_AN_ID, ID.telemetry, str(uuid.UUID(bytes=text)), COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, str(uuid.UUID(bytes=text, version=4)), COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, _base32(text), COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, int.from_bytes(b"at nine"), COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, str(int.from_bytes(b"at nine")), COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, base64.urlsafe_b64encode(text).decode()[:21], COLLECTOR)


@pytest.mark.parametrize(
    "raw",
    [
        b"please fire Bob\xff",
        b"keep it \x91\x02\xfe\x80\xc8\x07\xd3\xa9",
        b"\xd3\xa9\x07\xc8\x91\x02\xfe\x80ill again"[:16],
        "привет, как дела?".encode()[1:17],
        "你好我们开会吧".encode()[2:18],
        "we lost Acme".encode("utf-16-le")[:15] + b"\xff",
        uuid.UUID(bytes="привет, ка".encode()[:16], version=4).bytes,
    ],
)
def test_text_among_other_bytes_is_no_id_and_no_image(raw: bytes) -> None:
    """A stretch of it is enough, wherever it begins."""
    refused(Reason.NOT_AN_ID, ID.telemetry, raw.hex(), COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, str(uuid.UUID(bytes=raw)), COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.reduce, raw.hex(), VALIDATOR)


@pytest.mark.parametrize(
    "digits", ["112108101097115101", "1071011101121031057", "726576803265846580", "84726932766579897"]
)
def test_characters_numbers_are_no_id(digits: str) -> None:
    """Those of small letters in three digits, or of capitals in two, one after the other."""
    refused(Reason.NOT_AN_ID, ID.telemetry, digits, COLLECTOR)
    refused(Reason.NOT_AN_ID, ID.telemetry, int(digits), COLLECTOR)


def _base32(raw: bytes) -> str:
    number = int.from_bytes(raw)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


@pytest.mark.parametrize(
    "value", [0, 1, 10**16 - 1, 2**63, -1, 10**400, True, None, 1.5e17, b"7d9f3c1a5b2e4f60", [], {}]
)
def test_an_id_is_a_text_or_a_snowflake(value: object) -> None:
    """Small integers count something; a float has lost digits; bytes are bytes."""
    refused(Reason.WRONG_TYPE, ID.telemetry, value, COLLECTOR)


def test_a_snowflake_is_one_id_as_number_and_as_text() -> None:
    """SDKs send either."""
    assert ID.telemetry(1_234_567_890_123_456_789, COLLECTOR) == ID.telemetry("1234567890123456789", COLLECTOR)


@given(value=st.uuids(version=4).map(str).filter(is_random_id))
def test_nothing_of_an_id_is_left(value: str) -> None:
    """No byte string of the id, no run of eight of its digits, is in either image."""
    image = ID.telemetry(value, COLLECTOR)
    reduced = ID.reduce(image, VALIDATOR)
    digits = value.replace("-", "")
    assert len(image) == 32
    assert len(reduced) == 16
    for shown in (image, reduced.hex()):
        assert not any(digits[place : place + 8] in shown for place in range(len(digits) - 7))
    assert bytes.fromhex(image) != reduced


@given(key=st.binary(max_size=80), value=st.binary(max_size=300), bits=st.sampled_from([64, 128]))
def test_an_image_is_an_hmac(key: bytes, value: bytes, bits: int) -> None:
    """As Python's own `hmac` computes it, under keys of any length; once more where it reads as text."""
    expected = value
    while expected is value or _holds_text(expected):
        expected = hmac.digest(key, b"tidegate/pseudonym/1\x00" + expected, "sha256")[: bits // 8]
    assert keyed(key, value, bits) == expected


def test_an_image_never_reads_as_text() -> None:
    """A few would by chance: they are drawn again, so that the validator may refuse one that does."""
    images = [keyed(b"key", b"%d" % number, bits) for number in range(20_000) for bits in (64, 128)]
    assert not any(map(_holds_text, images))
    assert len(set(images)) == len(images)
    drawn = [hmac.digest(b"key", b"tidegate/pseudonym/1\x00%d" % number, "sha256") for number in range(20_000)]
    assert any(_spells(image[:8]) for image in drawn)
    assert any(_has_stretch(image[:16]) for image in drawn)
    for text in ("Hi, Bob!", "we lost Acme now"):
        image = text.encode().hex()
        refused(Reason.NOT_AN_ID, (ID if len(image) == 32 else SHORT).reduce, image, VALIDATOR)


@given(raw=st.binary(max_size=40) | st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")[:-1]))
def test_what_is_broken_is_no_utf_8(raw: bytes) -> None:
    """The quick look for bytes that are no UTF-8 finds no more than the decoder does, cut within a character too."""
    if _BROKEN.search(raw):
        with pytest.raises(UnicodeDecodeError):
            codecs.utf_8_decode(raw, "strict", False)  # noqa: FBT003 - takes it by place alone


def test_keys_part_the_two_topics() -> None:
    """Same id, same key: same image. Another key, another length: another image, and neither key alone joins them."""
    value = "7d9f3c1a-5b2e-4f60-8172-93a4b5c6d7e8"
    image = ID.telemetry(value, COLLECTOR)
    assert image == ID.telemetry(value, COLLECTOR) != ID.telemetry(value, VALIDATOR)
    assert ID.reduce(image, VALIDATOR) != ID.reduce(image, COLLECTOR)
    assert SHORT.telemetry(value, COLLECTOR) == image[:16]
    assert ID.images == SHORT.images == 1


@pytest.mark.parametrize("image", ["", "0" * 31, "0" * 33, "0" * 64, "A" * 32, "\uff10" * 32, "0" * 31 + "\n"])
def test_an_image_is_lower_case_hex_of_its_length(image: str) -> None:
    """Nothing else could have been made in the collector."""
    refused(Reason.NOT_AN_ID, ID.reduce, image, VALIDATOR)


@pytest.mark.parametrize("image", [0, None, True, 1.0, b"0" * 32, ["0"], {}])
def test_an_image_of_another_type_is_refused(image: object) -> None:
    """Bytes are no text."""
    refused(Reason.WRONG_TYPE, ID.reduce, image, VALIDATOR)


@pytest.mark.parametrize("bits", [0, 32, 96, 256, "128", 128.5, True])
def test_an_image_has_64_or_128_bits(bits: object) -> None:
    """No other length is a domain."""
    with pytest.raises(ValidationError):
        domain(domain="pseudonym", bits=bits)


def test_the_key_is_in_no_repr() -> None:
    """A context that reaches a log tells no key."""
    assert "\\x01" not in repr(COLLECTOR)
    assert "key" not in repr(COLLECTOR)


@given(value=st.one_of(anything, st.text(NANOID, min_size=21, max_size=21), st.text("0123456789abcdef", max_size=70)))
def test_what_is_outside_is_refused(value: object) -> None:
    """Any value at all leaves 32 keyed digits or is refused."""
    try:
        image = ID.telemetry(value, COLLECTOR)
    except OutsideDomain:
        return
    assert len(image) == 32
    assert image != value
