"""What names, classes, descriptions and purposes say must fit one another."""

from __future__ import annotations

import pytest

from tests.unit.privacy_workspaces import CONTENT, DIAGNOSTIC, ORIGIN, TABLE, USAGE, changed, field, found, group, more

PERSON = "$.fields[1].tidegate.attribute"
LISTED: dict[str, object] = {"domain": "vocabulary", "vocabulary": "platform"}


@pytest.mark.parametrize("name", ["user.email", "user.nickname", "client.ip", "page.url", "note.comment", "auth.token"])
def test_a_pseudonym_is_made_of_a_random_id(name: str) -> None:
    """What is named like text, a name or an address makes no pseudonym."""
    expected = {("privacy/pseudonym-of-text", USAGE, "$.fields[1].tidegate.domain")}
    assert found(group("identifier", name), (USAGE, PERSON, name)) == expected


def test_ids_make_pseudonyms() -> None:
    """An id, or a name that says nothing, does."""
    for name in ("account.id", "machine.uuid", "call"):
        assert found(group("identifier", name), (USAGE, PERSON, name)) == set()


def test_ids_are_not_listed() -> None:
    """An attribute named like an id is a finding in a vocabulary, though it be classed service_generated."""
    change = field("variant", "string", attribute="feature.id", **LISTED)
    expected = {("privacy/id-vocabulary", USAGE, "$.fields[3].tidegate.domain")}
    assert found(group("service_generated", "feature.id"), change) == expected


@pytest.mark.parametrize("name", ["note.text", "page.url", "login.password", "peer.ip"])
def test_a_class_is_not_milder_than_its_name(name: str) -> None:
    """What is named like content, a secret or an address is not classed service_generated."""
    assert found(group("service_generated", name)) == {("privacy/class-name", TABLE, "$.groups[0].names[0]")}
    single = found((TABLE, "$.classes", {**changed()[TABLE]["classes"], name: "service_generated"}))
    assert single == {("privacy/class-name", TABLE, f"$.classes.{name}")}


def test_a_class_is_believed_where_a_domain_closes_it() -> None:
    """A text attribute that a schema reads as a count is what its class says."""
    row = ("comment", "long", {"domain": "count", "max": 9, "buckets": 3})
    assert found(*more(row)) == set()


@pytest.mark.parametrize(
    ("attribute", "said", "called"),
    [
        ("note.title", "title", "chat"),
        ("voice.chunk", "audio", "video"),
        ("chat.line", "chat", "audio"),
        ("meeting.transcript", "transcript", "chat"),
        ("poll.option", "poll", "other_communication"),
    ],
)
def test_a_content_class_is_what_the_name_says(attribute: str, said: str, called: str) -> None:
    """Chat is not called audio."""
    at = "$.fields[3].tidegate"
    table = group("content", attribute) if attribute != "note.title" else group("content", "other.title")
    right = found(table, (CONTENT, at, {"attribute": attribute, "content_class": said}))
    wrong = found(table, (CONTENT, at, {"attribute": attribute, "content_class": called}))
    assert right == set()
    assert wrong == {("privacy/content-class", CONTENT, f"{at}.content_class")}


def test_the_bodys_class_is_what_the_event_says() -> None:
    """The body has no name of its own: its event's counts."""
    at = "$.fields[2].tidegate.content_class"
    assert found((CONTENT, "$.tidegate.event", "chat.sent"), (CONTENT, at, "audio")) == {
        ("privacy/content-class", CONTENT, at)
    }
    assert found((CONTENT, "$.tidegate.event", "chat.sent"), (CONTENT, at, "chat")) == set()


@pytest.mark.parametrize("purpose", ["analytics", "product_improvement", "service_quality"])
def test_content_is_carried_not_studied(purpose: str) -> None:
    """A content schema's purposes are to carry it and to keep it safe."""
    change = (CONTENT, "$.tidegate.purposes", ["essential", "functional", "security", purpose])
    assert found(change) == {("privacy/content-use", CONTENT, "$.tidegate.purposes[3]")}


@pytest.mark.parametrize(
    "doc", ["As typed by the user.", "Free text.", "What the customer wrote.", "Raw text; capped."]
)
def test_a_description_that_speaks_of_text_is_heard(doc: str) -> None:
    """A field with words that describes itself as free text is a finding."""
    assert found((USAGE, "$.fields[2].doc", doc)) == {("privacy/doc-says-content", USAGE, "$.fields[2].doc")}


@pytest.mark.parametrize("doc", ["Which one, never as typed.", "Not free text.", "Which one; no raw text."])
def test_a_description_may_say_what_it_is_not(doc: str) -> None:
    """A sentence that denies it is none."""
    assert found((USAGE, "$.fields[2].doc", doc)) == set()


def test_a_count_of_texts_is_a_count() -> None:
    """The description of a number may speak of text."""
    assert found((USAGE, "$.fields[3].doc", "How long the free text was open.")) == set()


def test_three_facts_single_a_person_out() -> None:
    """Language, zone and model in one ML record are a finding; two of them, or without the ML record, are none."""
    facts: list[tuple[str, object, dict[str, object]]] = [
        (name, "string", LISTED) for name in ("locale", "time_zone", "device_model")
    ]
    hidden = [(name, avro, {**domain, "ml": "none"}) for name, avro, domain in facts[:1]]
    assert found(*more(*facts)) == {("privacy/quasi-identifier", USAGE, "$.fields")}
    assert found(*more(*facts[:2])) == set()
    assert found(*more(*hidden, *facts[1:])) == set()
    assert found(*more(*facts), (USAGE, "$.tidegate.purposes", ["analytics"])) == set()


def test_a_discard_is_judged() -> None:
    """What is planned to be destroyed has a class; the body is known."""
    unknown = found((USAGE, "$.tidegate.discards", ["body", "note.title", "note.colour"]))
    assert unknown == {("privacy/discard-unclassified", USAGE, "$.tidegate.discards[2]")}
    classes = {name: of for name, of in changed()[TABLE]["classes"].items() if name != "body"}
    assert found((TABLE, "$.classes", classes), (USAGE, "$.tidegate.discards", ["body"])) == set()


def test_a_secret_is_not_planned_for() -> None:
    """A schema that expects a secret to arrive tells of a client to be mended."""
    change = (DIAGNOSTIC, "$.tidegate.discards", ["login.cookie"])
    expected = {("privacy/secret-discarded", DIAGNOSTIC, "$.tidegate.discards[0]")}
    assert found(group("secret", "login.cookie"), change) == expected


def test_the_opt_out_is_not_taken_out() -> None:
    """Origin without `ml_opt_out` has a finding of its own, told from other damage to Origin."""
    fields = changed()[ORIGIN]["fields"]
    assert found((ORIGIN, "$.fields", fields[:-1])) == {("privacy/opt-out", ORIGIN, "$.fields")}
    assert found((ORIGIN, "$.fields", fields[1:])) == {("structure/origin", ORIGIN, "$.fields")}
