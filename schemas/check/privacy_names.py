"""Privacy checks that read names: what a name says must fit its domain, its class and its content class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from schemas.check.privacy_reading import DURATION, USAGE, classed, field, service_generated
from schemas.check.rule import Edit, Example, Rule, Severity, Spot
from schemas.model import AttributeClass
from schemas.names import ID, NETWORK, PLACE, SECRET, TEXT, saying_of, words_of

if TYPE_CHECKING:
    from schemas.check.subject import Subject, Workspace
    from schemas.model import AttributesFile

TABLE: Final = "attributes.yaml"
# Facts that, put together, single a person out though none of them does: kind -> words of its names.
_QUASI: Final = {
    "language": {"locale", "language", "lang"},
    "time zone": {"zone", "timezone"},
    "device model": {"model", "device"},
    "user agent": {"agent", "browser"},
    "place": {"country", "region", "city", "territory"},
    "carrier": {"carrier", "operator", "isp"},
    "age or sex": {"age", "gender", "sex"},
}
_TOO_MANY = 3


def pseudonym_of_text(subject: Subject) -> Iterator[Spot]:
    """A pseudonym is made of something that is no random id."""
    for at, _, plan in service_generated(subject):
        said = saying_of(plan.attribute or "")
        if plan.domain is not None and plan.domain.domain == "pseudonym" and said not in (None, ID):
            defect = (
                f"`{plan.attribute}` is named like {said.says}, which can be guessed from its pseudonym."
                if said
                else ""
            )
            yield Spot(f"{at}.tidegate.domain", defect, "Make the pseudonym from a random id, under an `.id` name.")


def id_vocabulary(subject: Subject) -> Iterator[Spot]:
    """An id is read into a vocabulary: the list then holds people or things."""
    for at, _, plan in service_generated(subject):
        is_id = saying_of(plan.attribute or "") is ID
        if is_id and plan.domain is not None and plan.domain.domain in ("vocabulary", "version"):
            defect = f"`{plan.attribute}` is named like an id and read into a {plan.domain.domain}."
            yield Spot(
                f"{at}.tidegate.domain", defect, "Use the domain `pseudonym`; or name it for what the list holds."
            )


def agent_domain(subject: Subject) -> Iterator[Spot]:
    """A user agent is read into another domain than its own."""
    for at, _, plan in service_generated(subject):
        is_agent = (plan.attribute or "").startswith("user_agent.original")
        if is_agent and plan.domain is not None and plan.domain.domain != "user_agent":
            defect = f"`{plan.attribute}` is read into a {plan.domain.domain}: what is kept is the client's own text."
            yield Spot(
                f"{at}.tidegate.domain", defect, 'Use the type "tidegate.UserAgent" and the domain `user_agent`.'
            )


@lru_cache(maxsize=4096)
def _facts(name: str) -> frozenset[str]:
    return frozenset(kind for kind, words in _QUASI.items() if words & set(words_of(name)))


def quasi_identifier(subject: Subject) -> Iterator[Spot]:
    """Several facts that single a person out together go into one ML record."""
    if subject.plan is None or not subject.plan.for_ml:
        return
    told = {
        kind
        for _, field_, plan in service_generated(subject)
        if plan.bits > 1  # what stays out of the ML record has none
        for kind in _facts(field_.name) | _facts(plan.attribute or "")
    }
    if len(told) >= _TOO_MANY:
        defect = f"The ML record joins {', '.join(sorted(told))}: together they single a person out."
        yield Spot("$.fields", defect, 'Split the event, or keep all but two out of the ML record (`"ml": "none"`).')


def class_name(workspace: Workspace) -> Iterator[Spot]:
    """An attribute that is named like content, a secret or an address is classed as harmless."""
    if workspace.table is None:
        return
    read = {field.attribute for subject in workspace.subjects if subject.plan for field in subject.plan.fields}
    for path, name, of in _rows(workspace.table):
        said = saying_of(name)
        is_harmless = of is AttributeClass.SERVICE_GENERATED and name not in read
        if is_harmless and said is not None and said in (TEXT, SECRET, PLACE, NETWORK):
            defect = f"`{name}` is named like {said.says}, and its class is {of}."
            yield Spot(
                path, defect, "Class it content, secret or network; or name what is left of it: `….length`.", TABLE
            )


def _rows(table: AttributesFile) -> Iterator[tuple[str, str, AttributeClass]]:
    """Path, name and class of each attribute, as the file lists them."""
    for name, of in table.single.items():
        yield f"$.classes.{name}", name, of
    for place, group in enumerate(table.groups):
        for index, name in enumerate(group.names):
            yield f"$.groups[{place}].names[{index}]", name, group.cls


def _rule(
    name: str,
    severity: Severity,
    check: Callable[[Subject], Iterator[Spot]] | Callable[[Workspace], Iterator[Spot]],
    example: Example,
    scope: Literal["schema", "workspace"] = "schema",
    **texts: str,
) -> Rule:
    finds = (check.__doc__ or "").strip()
    return Rule(
        id=f"privacy/{name}", severity=severity, finds=finds, example=example, check=check, scope=scope, **texts
    )


def _known(place: int, attribute: str) -> Edit:
    avro = {
        "name": attribute.rsplit(".", 1)[-1],
        "type": "string",
        "doc": f"What the example is about: {attribute}.",
        "tidegate": {"attribute": attribute, "domain": "vocabulary", "vocabulary": "platform"},
    }
    return Edit(USAGE, f"$.fields[{place}]", avro)


_PERSON: Final = "$.fields[1].tidegate.attribute"
_FACTS: Final = ("app.locale", "app.time_zone", "device.model")
RULES: Final = (
    _rule(
        "pseudonym-of-text",
        Severity.ERROR,
        pseudonym_of_text,
        Example(
            bad=(classed("identifier", "user.email"), Edit(USAGE, _PERSON, "user.email")),
            good=(classed("identifier", "user.key_id"), Edit(USAGE, _PERSON, "user.key_id")),
            at=(USAGE, "$.fields[1].tidegate.domain"),
        ),
        why="The domain takes random ids alone, so each such record is refused; and a pseudonym of a name can be found "
        "again by whoever holds the key and a list of names.",
        fix="Make the pseudonym from a random id.",
    ),
    _rule(
        "id-vocabulary",
        Severity.WARNING,
        id_vocabulary,
        Example(
            bad=(
                classed("service_generated", "feature.id"),
                field("variant", "string", attribute="feature.id", domain="vocabulary", vocabulary="app"),
            ),
            good=(field("variant", "string", domain="vocabulary", vocabulary="app"),),
            at=(USAGE, f"{DURATION}.tidegate.domain"),
        ),
        why="A list of ids is a list of people or things: each entry tells one apart by its true id.",
        fix="Use the domain `pseudonym`; where the list holds kinds, name the attribute for them.",
    ),
    _rule(
        "raw-user-agent",
        Severity.ERROR,
        agent_domain,
        Example(
            bad=(
                classed("operational", "user_agent.original"),
                field("browser", "string", attribute="user_agent.original", domain="vocabulary", vocabulary="app"),
            ),
            good=(
                classed("operational", "user_agent.original"),
                field("browser", "tidegate.UserAgent", attribute="user_agent.original", domain="user_agent"),
            ),
            at=(USAGE, f"{DURATION}.tidegate.domain"),
        ),
        why="User agents are long, change with every release and are written by the client: a list of them is "
        "out of date "
        "at once, and what is not in it tempts to take the text.",
        fix='Use the type "tidegate.UserAgent" with the domain `user_agent`.',
    ),
    _rule(
        "quasi-identifier",
        Severity.WARNING,
        quasi_identifier,
        Example(
            bad=(classed("service_generated", *_FACTS), *(_known(4 + at, name) for at, name in enumerate(_FACTS))),
            good=(classed("service_generated", *_FACTS), *(_known(4 + at, name) for at, name in enumerate(_FACTS[:2]))),
            at=(USAGE, "$.fields"),
        ),
        why="A language, a time zone and a device model, each shared by thousands, together belong to a few: "
        "pseudonyms are "
        "of no use then.",
        fix="Split the event, or keep all but two of the facts out of the ML record.",
    ),
    _rule(
        "class-name",
        Severity.WARNING,
        class_name,
        Example(
            bad=(classed("service_generated", "feature.comment"),),
            good=(classed("content", "feature.comment"),),
            at=(TABLE, "$.groups[0].names[0]"),
        ),
        scope="workspace",
        why="The class is what keeps an attribute out of telemetry. One that is too kind opens the way to any "
        "later schema.",
        fix="Class it content, secret or network, or rename it after what it counts.",
    ),
)
