"""Fields that nothing bounds: what they are called, by shape and by name, and that names never overrule a domain."""

from __future__ import annotations

import pytest

from schemas.check.privacy import RULES
from schemas.names import COUNTING, OPEN_NAMES, saying_of, words_of
from tests.unit.privacy_workspaces import CONTENT, USAGE, field, found, group

AT = "$.fields[3].tidegate"
TIME = {"type": "long", "logicalType": "timestamp-micros"}
COUNT = {"domain": "count", "unit": "1", "max": 100, "buckets": 8}


def test_the_template_is_clean() -> None:
    """Nothing is found in the template itself: each finding below is of the change alone."""
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("message", "name-text"), ("noteBody", "name-text"), ("chat_text", "name-text"), ("title", "name-text"),
        ("subject", "name-text"), ("search_query", "name-text"), ("comment", "name-text"), ("transcript", "name-text"),
        ("caption", "name-text"), ("note", "name-text"), ("description", "name-text"), ("button_label", "name-text"),
        ("page_url", "name-url"), ("path", "name-url"), ("file", "name-url"), ("fileName", "name-person"),
        ("email", "name-person"), ("display_name", "name-person"), ("address", "name-person"), ("phone", "name-person"),
        ("client_ip", "name-network"), ("hostname", "name-network"), ("mac", "name-network"),
        ("token", "name-secret"), ("password", "name-secret"), ("api_key", "name-secret"), ("cookie", "name-secret"),
        ("widget_id", "raw-id"), ("uuid", "raw-id"),
        ("user_agent", "raw-user-agent"), ("user_agent_original", "raw-user-agent"),
        ("variant", "free-string"), ("message_kind", "free-string"),
    ],
)  # fmt: skip
def test_an_open_string_is_named_for_what_its_name_says(name: str, rule: str) -> None:
    """A string without a domain is one finding: of its name where that says something, of its type else."""
    assert found(field(name, "string")) == {(f"privacy/{rule}", USAGE, AT)}


def test_an_attribute_is_heard_before_the_field() -> None:
    """Where both names say something, the attribute's counts: it is what the client sends."""
    assert found(field("widget_id", "string", attribute="note.title")) == {("privacy/name-text", USAGE, AT)}


@pytest.mark.parametrize(
    ("avro", "rule"),
    [
        ("string", "free-string"),
        ("bytes", "bytes"),
        ({"type": "fixed", "name": "F", "size": 8}, "bytes"),
        ({"type": "map", "values": "long"}, "map"),
        ({"type": "array", "items": "string"}, "array"),
        ({"type": "array", "items": "double"}, "number-array"),
        (["null", "string", "long"], "open-union"),
        (["string", "null"], "open-union"),
        (TIME, "raw-time"),
        ({"type": "int", "logicalType": "time-millis"}, "raw-time"),
        ("long", "no-domain"),
        ("boolean", "no-domain"),
        (["null", "double"], "no-domain"),
    ],
)
def test_an_open_field_is_named_for_its_shape(avro: object, rule: str) -> None:
    """Each open shape is a finding of its own, and one alone."""
    assert found(field("variant", avro)) == {(f"privacy/{rule}", USAGE, AT)}


@pytest.mark.parametrize(
    ("name", "avro", "domain"),
    [
        ("message_count", "long", COUNT),
        ("query", "long", COUNT),
        ("title", "boolean", {"domain": "flag"}),
        ("comment", "string", {"domain": "vocabulary", "vocabulary": "app"}),
        ("path", "string", {"domain": "vocabulary", "vocabulary": "route"}),
        ("email", {"type": "enum", "name": "E", "symbols": ["NONE", "ONE"]}, {"domain": "enum"}),
        ("note", TIME, {"domain": "time"}),
    ],
)
def test_a_closed_domain_is_believed(name: str, avro: object, domain: dict[str, object]) -> None:
    """A name that says text is no finding where the domain is closed."""
    assert found(field(name, avro, **domain)) == set()


@pytest.mark.parametrize("parameter", ["pattern", "regex", "format", "max_length"])
def test_a_pattern_is_no_bound(parameter: str) -> None:
    """Parameters that would bound a string by its form are refused by name."""
    change = field("variant", "string", domain="vocabulary", vocabulary="app", **{parameter: "[a-z]+"})
    assert found(change) == {("privacy/pattern", USAGE, f"{AT}.{parameter}")}


def test_a_time_is_never_finer_than_the_hour() -> None:
    """Any other resolution than hour and day is refused."""
    for resolution in ("second", "minute", "ms", 1):
        change = field("finished", TIME, domain="time", resolution=resolution)
        assert found(change) == {("privacy/fine-time", USAGE, f"{AT}.resolution")}
    assert found(field("finished", TIME, domain="time", resolution="day")) == set()


def test_a_content_schema_may_hold_what_its_names_say() -> None:
    """There a text is called a text."""
    assert found((CONTENT, "$.fields[2].name", "comment")) == set()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("call.end.reason", ("call", "end", "reason")),
        ("noteBody", ("note", "body")),
        ("http.response.status_code", ("http", "response", "status", "code")),
        ("a-b", ("a", "b")),
        ("", ()),
    ],
)
def test_a_name_is_read_word_by_word(name: str, words: tuple[str, ...]) -> None:
    """Dots, underscores, hyphens and capitals begin a word."""
    assert words_of(name) == words


def test_a_counting_word_at_the_end_takes_the_meaning_back() -> None:
    """`message.count` is no message, `has_title` no title, `in_chat` no chat; `count.message` is one."""
    assert all(saying_of(f"message.{word}") is None for word in COUNTING)
    assert saying_of("has_title") is None is saying_of("in_chat")
    assert saying_of("user_agent.version") is None is saying_of("api_key.kind")
    assert saying_of("count.message") is not None
    assert saying_of("") is None


def test_each_kind_of_name_has_its_rule_and_its_own_advice() -> None:
    """Every kind of name is a rule of the table and suggests something of its own."""
    ids = {rule.id for rule in RULES}
    assert {saying.rule for saying in OPEN_NAMES} <= ids
    assert len({saying.remedy for saying in OPEN_NAMES}) == len(OPEN_NAMES)


def test_the_user_agent_has_one_domain() -> None:
    """Read into a vocabulary, even a closed one, it is a finding; read into its own domain it is none."""
    agent = group("operational", "user_agent.original")
    taken = {"attribute": "user_agent.original"}
    listed = field("browser", "string", domain="vocabulary", vocabulary="app", **taken)
    assert found(agent, listed) == {("privacy/raw-user-agent", USAGE, f"{AT}.domain")}
    assert found(agent, field("browser", "tidegate.UserAgent", domain="user_agent", **taken)) == set()
