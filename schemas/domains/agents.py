"""The user agent domain, and the one door to ua-parser: families and majors from a closed list, never the text."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from schemas.domains.base import Avro, Context, Domain, Terms
from schemas.reasons import OutsideDomain, Reason

LONGEST = 320  # characters; real ones stay below 270, and the parser's expressions take 0.1 s on a hostile 512
NEWEST_BROWSER, NEWEST_SYSTEM = 255, 63  # a major above is kept as 0: unknown

# ua-parser's family -> our symbol. Families of one engine and maker share a symbol; the list is closed.
BROWSERS = {
    "Chrome": "CHROME", "Chrome Mobile": "CHROME", "Chrome Mobile iOS": "CHROME", "Chrome Mobile WebView": "CHROME",
    "Chromium": "CHROME", "HeadlessChrome": "CHROME", "Firefox": "FIREFOX", "Firefox Mobile": "FIREFOX",
    "Firefox iOS": "FIREFOX", "Safari": "SAFARI", "Mobile Safari": "SAFARI", "Mobile Safari UI/WKWebView": "SAFARI",
    "Edge": "EDGE", "Edge Mobile": "EDGE", "Opera": "OPERA", "Opera Mobile": "OPERA", "Opera Mini": "OPERA",
    "Samsung Internet": "SAMSUNG", "Electron": "ELECTRON", "IE": "IE", "IE Mobile": "IE", "Vivaldi": "VIVALDI",
    "Yandex Browser": "YANDEX", "UC Browser": "UC", "QQ Browser": "QQ", "Whale": "WHALE",
    "DuckDuckGo Mobile": "DUCKDUCKGO",
    "Googlebot": "BOT", "bingbot": "BOT", "YandexBot": "BOT", "Applebot": "BOT", "Baiduspider": "BOT",
}  # fmt: skip
SYSTEMS = {
    "Windows": "WINDOWS", "Windows Phone": "WINDOWS", "Mac OS X": "MACOS", "macOS": "MACOS", "iOS": "IOS",
    "Android": "ANDROID", "Linux": "LINUX", "Ubuntu": "LINUX", "Fedora": "LINUX", "Debian": "LINUX",
    "Chrome OS": "CHROMEOS", "Tizen": "TIZEN", "KaiOS": "KAIOS", "HarmonyOS": "HARMONYOS",
}  # fmt: skip
UNKNOWN = "UNKNOWN"
# RFC 9110, 10.1.5: it begins with a product and its version. Prose that only mentions a system or a browser does not.
_PRODUCT_FIRST = re.compile(r"[A-Za-z][\w.!-]*/\d.*", re.ASCII)
_NAME_ALONE = re.compile(r"[A-Za-z][\w.!-]*( ?\(.*)?", re.ASCII)  # as simple robots send it, with a comment or without
# A comment that lists nothing and is not the system's: `(KHTML, like Gecko)`, or somebody's words.
_ASIDE = re.compile(r"(?<!^Mozilla/5\.0 )\([^();]*\)")
_MAJOR = re.compile(r"\d{1,4}", re.ASCII)
BROWSER_SYMBOLS = (UNKNOWN, *dict.fromkeys(BROWSERS.values()))
SYSTEM_SYMBOLS = (UNKNOWN, *dict.fromkeys(SYSTEMS.values()))

# What a schema means when it says `"type": "tidegate.UserAgent"`.
USER_AGENT: dict[str, Any] = {
    "type": "record",
    "name": "UserAgent",
    "namespace": "tidegate",
    "doc": "Browser and system of a user agent, from closed lists; a major of 0 is unknown.",
    "fields": [
        {"name": "browser", "type": {"type": "enum", "name": "Browser", "symbols": list(BROWSER_SYMBOLS)}},
        {"name": "browser_major", "type": "int"},
        {"name": "os", "type": {"type": "enum", "name": "OperatingSystem", "symbols": list(SYSTEM_SYMBOLS)}},
        {"name": "os_major", "type": "int"},
    ],
}


class UserAgent(Domain):
    """A user agent string: it begins with a product and its version, or is a product's name with or without a comment.

    Both images are the record `tidegate.UserAgent`. What is not on the closed list is UNKNOWN, and so is all of a name
    without a version. Comments that list nothing are not read: words hide there. The text itself is never kept.
    """

    domain: Literal["user_agent"] = "user_agent"
    terms: ClassVar[Terms] = Terms(
        accepts="up to 320 printable ASCII characters that begin with a product and its version, or a name",
        refuses="prose, anything outside printable ASCII, longer text",
        image="families and majors, from closed lists",
        capacity="log2 of the product of the lists",
        folds=("user agents of one browser, one system and the same majors",),
    )
    takes: ClassVar[tuple[str, ...]] = ("record:tidegate.UserAgent",)
    images: ClassVar[int] = len(BROWSER_SYMBOLS) * (NEWEST_BROWSER + 1) * len(SYSTEM_SYMBOLS) * (NEWEST_SYSTEM + 1)

    def telemetry(self, value: object, context: Context) -> object:  # noqa: ARG002 - the domains' common signature
        """Parse, and look the families up."""
        if not isinstance(value, str):
            raise OutsideDomain(Reason.WRONG_TYPE)
        if not 0 < len(value) <= LONGEST or not all(" " <= char <= "~" for char in value):
            raise OutsideDomain(Reason.NOT_A_USER_AGENT)
        if _PRODUCT_FIRST.fullmatch(value):
            return _parse(_ASIDE.sub("()", value))
        if _NAME_ALONE.fullmatch(value):
            return {"browser": UNKNOWN, "browser_major": 0, "os": UNKNOWN, "os_major": 0}
        raise OutsideDomain(Reason.NOT_A_USER_AGENT)

    def reduce(self, image: object, context: Context) -> object:  # noqa: ARG002 - as above
        """Judge the parts and build the record anew."""
        if not isinstance(image, dict) or set(image) != {"browser", "browser_major", "os", "os_major"}:
            raise OutsideDomain(Reason.WRONG_TYPE)
        for part, newest in (("browser_major", NEWEST_BROWSER), ("os_major", NEWEST_SYSTEM)):
            if type(image[part]) is not int or not 0 <= image[part] <= newest:
                raise OutsideDomain(Reason.OUT_OF_RANGE)
        if image["browser"] not in BROWSER_SYMBOLS or image["os"] not in SYSTEM_SYMBOLS:
            raise OutsideDomain(Reason.NOT_IN_VOCABULARY)
        for family, major in (("browser", "browser_major"), ("os", "os_major")):
            if image[family] == UNKNOWN and image[major] != 0:
                raise OutsideDomain(Reason.OUT_OF_RANGE)
        return {
            "browser": BROWSER_SYMBOLS[BROWSER_SYMBOLS.index(image["browser"])],
            "browser_major": image["browser_major"],
            "os": SYSTEM_SYMBOLS[SYSTEM_SYMBOLS.index(image["os"])],
            "os_major": image["os_major"],
        }

    def ml_type(self, name: str) -> Avro:  # noqa: ARG002 - a type of ours
        """The same record."""
        return USER_AGENT


def _parse(text: str) -> dict[str, object]:
    from ua_parser import parse_os, parse_user_agent  # noqa: PLC0415 - its tables take 0.3 s to build

    agent, system = parse_user_agent(text), parse_os(text)
    browser = BROWSERS.get(agent.family, UNKNOWN) if agent else UNKNOWN
    os = SYSTEMS.get(system.family, UNKNOWN) if system else UNKNOWN
    return {
        "browser": browser,
        "browser_major": _major(agent.major, NEWEST_BROWSER) if agent and browser != UNKNOWN else 0,
        "os": os,
        "os_major": _major(system.major, NEWEST_SYSTEM) if system and os != UNKNOWN else 0,
    }


def _major(text: str | None, newest: int) -> int:
    if text is None or _MAJOR.fullmatch(text) is None:
        return 0
    number = int(text)
    return number if number <= newest else 0
