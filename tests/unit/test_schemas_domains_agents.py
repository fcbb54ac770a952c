"""User agents: families and majors of a closed list; the text is never kept."""

from __future__ import annotations

import contextlib
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domains.agents import (
    BROWSER_SYMBOLS,
    BROWSERS,
    LONGEST,
    NEWEST_BROWSER,
    NEWEST_SYSTEM,
    SYSTEM_SYMBOLS,
    SYSTEMS,
)
from schemas.reasons import OutsideDomain, Reason
from tests.unit.domain_samples import BROWSER, COLLECTOR, VALIDATOR, anything, domain, refused

AGENT = domain(domain="user_agent")
IMAGE = {"browser": "FIREFOX", "browser_major": 140, "os": "LINUX", "os_major": 0}
UNKNOWN = {"browser": "UNKNOWN", "browser_major": 0, "os": "UNKNOWN", "os_major": 0}


def test_a_known_agent_leaves_families_and_majors() -> None:
    """Both images are the record; what stands between the lines is gone."""
    assert AGENT.telemetry(BROWSER, COLLECTOR) == IMAGE
    assert AGENT.telemetry(f"{BROWSER} (Quince-Heron told us)", COLLECTOR) == IMAGE
    assert AGENT.reduce(IMAGE, VALIDATOR) == IMAGE


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "hello there", "x" * 5000, f"{BROWSER}\n", f"{BROWSER} é", "\ud800", BROWSER + " " * LONGEST,
        "my Linux box died", "Darwin Quince", "24/7 on Android", "and/or Windows", f"Quince: {BROWSER}", "4471",
    ],
)  # fmt: skip
def test_what_has_not_the_form_is_refused(value: str) -> None:
    """Prose that mentions a system or a browser, too; and what is too long, or has other signs than printable ASCII."""
    refused(Reason.NOT_A_USER_AGENT, AGENT.telemetry, value, COLLECTOR)


@pytest.mark.parametrize(
    "value", ["curl/8.5.0", "quincebot", "Darwin", "Linux (Android; Firefox/140.0)", "App/1.0 (x)"]
)
def test_what_is_not_on_the_list_is_unknown(value: str) -> None:
    """And so is a name without a version, whatever it is: it could be anybody's."""
    assert AGENT.telemetry(value, COLLECTOR) == UNKNOWN
    assert AGENT.reduce(UNKNOWN, VALIDATOR) == UNKNOWN


def test_a_comment_that_lists_nothing_is_not_read() -> None:
    """Words in brackets say nothing of the browser or the system, even where they name one."""
    assert AGENT.telemetry(f"{BROWSER} (Chrome/9.0 on my Windows Phone)", COLLECTOR) == IMAGE
    assert AGENT.telemetry("App/1.0 (we all use Android)", COLLECTOR) == UNKNOWN


@pytest.mark.parametrize("value", [None, 0, True, 1.5, b"Mozilla/5.0", [BROWSER], {}])
def test_an_agent_is_a_text(value: object) -> None:
    """And nothing else."""
    refused(Reason.WRONG_TYPE, AGENT.telemetry, value, COLLECTOR)


def test_a_major_of_an_unknown_family_is_not_kept() -> None:
    """Only a family of the list has a major: a made-up browser's number says nothing of ours."""
    image = AGENT.telemetry("Mozilla/5.0 (Windows NT 10.0) Konqueror/77.0", COLLECTOR)
    assert image["browser"] == "UNKNOWN"
    assert image["browser_major"] == 0
    assert image["os"] == "WINDOWS"


@pytest.mark.parametrize("major", [NEWEST_BROWSER + 1, 9999, 12345678901234567890])
def test_a_major_beyond_the_newest_is_unknown(major: int) -> None:
    """It becomes 0, and is not cut."""
    image = AGENT.telemetry(f"Mozilla/5.0 (X11; Linux x86_64; rv:1.0) Gecko/20100101 Firefox/{major}.0", COLLECTOR)
    assert image == IMAGE | {"browser_major": 0}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"browser": "Quince"}, Reason.NOT_IN_VOCABULARY),
        ({"os": ["LINUX"]}, Reason.NOT_IN_VOCABULARY),
        ({"browser": "UNKNOWN"}, Reason.OUT_OF_RANGE),
        ({"browser": "UNKNOWN", "browser_major": 0, "os": "UNKNOWN", "os_major": 1}, Reason.OUT_OF_RANGE),
        ({"browser_major": NEWEST_BROWSER + 1}, Reason.OUT_OF_RANGE),
        ({"os_major": NEWEST_SYSTEM + 1}, Reason.OUT_OF_RANGE),
        ({"browser_major": -1}, Reason.OUT_OF_RANGE),
        ({"browser_major": True}, Reason.OUT_OF_RANGE),
        ({"browser_major": 140.0}, Reason.OUT_OF_RANGE),
        ({"text": "Quince"}, Reason.WRONG_TYPE),
    ],
)
def test_an_image_that_telemetry_could_not_have_made_is_refused(change: dict[str, object], reason: Reason) -> None:
    """Symbols, bounds, types, fields: each is judged again."""
    refused(reason, AGENT.reduce, IMAGE | change, VALIDATOR)


@pytest.mark.parametrize("image", [None, "FIREFOX", [], (), 1, {}])
def test_an_image_is_the_record(image: object) -> None:
    """No part of it may be missing."""
    refused(Reason.WRONG_TYPE, AGENT.reduce, image, VALIDATOR)


def test_the_claim_counts_every_image() -> None:
    """Symbols times majors, and every family leads to a symbol."""
    assert AGENT.images == len(BROWSER_SYMBOLS) * 256 * len(SYSTEM_SYMBOLS) * 64
    assert set(BROWSERS.values()) < set(BROWSER_SYMBOLS)
    assert set(SYSTEMS.values()) < set(SYSTEM_SYMBOLS)
    assert 21 < AGENT.bits < 22


def test_a_hostile_text_takes_no_long_time() -> None:
    """The parser's expressions backtrack; the limit on length keeps the worst that we found far below half a second."""
    source = random.Random("tidegate agents")  # noqa: S311 - no secret
    parts = [
        "Mozilla/5.0 (",
        "; ",
        "Linux",
        " ",
        "AppleWebKit/",
        "Build/",
        "(",
        "/",
        "1.",
        "a",
        "0",
        "Android ",
        "-",
        "_",
    ]
    hostile = [" " * LONGEST, "a" + " " * (LONGEST - 1), ("; AppleWebKit/" * LONGEST)[:LONGEST]]
    hostile += [("Mozilla/5.0 (iPad; CPU OS 15_6 like Mac OS X" + part * LONGEST)[:LONGEST] for part in parts]
    hostile += ["".join(source.choices(parts, k=LONGEST))[:LONGEST] for _ in range(60)]
    AGENT.telemetry(BROWSER, COLLECTOR)  # the tables are built with the first
    for value in hostile:
        begun = time.perf_counter()
        with contextlib.suppress(OutsideDomain):
            AGENT.telemetry(value, COLLECTOR)
        assert time.perf_counter() - begun < 0.5


@given(
    value=st.one_of(
        anything, st.lists(st.sampled_from([*BROWSER.split(), "Chrome/99.1", "iPhone", "hi"])).map(" ".join)
    )
)
def test_what_is_outside_is_refused(value: object) -> None:
    """Any value at all leaves a record of the closed lists, which passes again, or is refused."""
    try:
        image = AGENT.telemetry(value, COLLECTOR)
    except OutsideDomain:
        return
    assert AGENT.reduce(image, VALIDATOR) == image
