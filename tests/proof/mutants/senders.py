"""Who may send what: tokens, tenancy, rates, browsers, and what is dropped at the door."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

KEEPER, SILENCE = "collector/doorkeeper.py", ("tests/unit/test_silence_door.py",)
TOKENS, ASKED = "collector/tokens.py", ("tests/unit/test_collector_tokens.py",)
TENANCY, BOUND = "collector/tenancy.py", ("tests/unit/test_collector_tenancy.py",)
RATES = ("tests/unit/test_collector_rates.py",)
TURNS, NOISY = "collector/fairness.py:Turns", ("tests/unit/test_collector_noisy.py",)
BROWSERS = ("tests/unit/test_collector_browsers.py",)

MUTANTS: Final = (
    Mutant(
        "peer-dropped", "P7", "a request keeps its sender's address", f"{KEEPER}:_bare",
        '"client": None', '"client": scope.get("client")', SILENCE,
    ),
    Mutant(
        "query-dropped", "P7", "a request keeps its query", f"{KEEPER}:_bare",
        '"query_string": b""', '"query_string": scope["query_string"]', SILENCE,
    ),
    Mutant(
        "headers-dropped", "P7", "a request keeps its cookies and credentials", f"{KEEPER}:_bare",
        " if name in _KEPT_HEADERS]", "]", SILENCE,
    ),
    Mutant(
        "token-asked", "P1", "nobody has to say who sends", f"{KEEPER}:Doorkeeper.__call__",
        'if scope["path"] not in OPEN:', 'if scope["path"] in OPEN:', ASKED,
    ),
    Mutant(
        "token-live", "P1", "an expired token is taken", f"{TOKENS}:Table.authenticate",
        'token.state(now) != "live"', "False", ASKED,
    ),
    Mutant(
        "token-origin", "P1", "a browser's token is taken from any page", f"{TOKENS}:Table.authenticate",
        "token.kind is Kind.PUBLIC and [", "False and [", ASKED,
    ),
    Mutant(
        "tokens-file-gone", "P1", "without its file, whoever has a token of yesterday is let in",
        "collector/tokenfile.py:TokenFile._read",
        "self._wanted, self._table = True, None", "self._wanted = True", ASKED,
    ),
    Mutant(
        "tokens-ready", "P10", "probes say ready while nobody is let in",
        "collector/entrance.py:Entrance.why_not", "return WhyNot.NO_TOKENS", "return None",
        ("tests/unit/test_grpc_health.py",),
    ),
    Mutant(
        "tenant-replaced", "P1", "a payload names its tenant", f"{TENANCY}:_owned",
        "if pair[0] not in _NAMES", "", BOUND,
    ),
    Mutant(
        "events-checked", "P1", "a token sends any event", "collector/pipeline.py:match",
        "not permits(record.resource.events, plan.event)", "False", BOUND,
    ),
    Mutant(
        "rate-kept", "P11", "a sender sends as much as it likes", "collector/rates.py:Rates._take",
        "if wait > 0:", "if False:", RATES,
    ),
    Mutant(
        "records-counted", "P11", "records are not counted at the door", "collector/work.py:Work.take",
        "rates.take_records(sender, len(records))", "pass", NOISY,
    ),
    Mutant(
        "turn-by-sender", "P11", "who sends without end has all the turns", f"{TURNS}._come",
        "setdefault(name, ", 'setdefault("", ', NOISY,
    ),
    Mutant(
        "turn-time", "P11", "a huge request counts as much as a small one", f"{TURNS}._end",
        "self._clock() - began", "1", NOISY,
    ),
    Mutant(
        "turn-away", "P11", "who did not wait is served until it has caught up", f"{TURNS}._come",
        "waiting and not sender.line", "False", NOISY,
    ),
    Mutant(
        "turn-come-back", "P11", "who comes back is served as one who had nothing", f"{TURNS}._come",
        "max(0.0, least - sender.has_had(now))", "least - sender.has_had(now)", NOISY,
    ),
    Mutant(
        "turn-anew", "P11", "who had much while nobody waited is kept out for as long", f"{TURNS}._count_anew",
        "each.had = each.since - each.holds * now", "pass", NOISY,
    ),
    Mutant(
        "turn-large", "P11", "large requests hold up the small ones", "collector/work.py:Work._turn",
        "hands.callback(await self._large.acquire(sender))", "pass", NOISY,
    ),
    Mutant(
        "line-by-sender", "P11", "who sends without end has the whole line", "collector/work.py:Work.admit",
        " and self._waiting[sender.token] >= self._part()", "", NOISY,
    ),
    Mutant(
        "patience", "P11", "large requests of one sender turn another away", "collector/work.py:Work._turn",
        "max(self.limits.wait, FIRST)", "self.limits.wait", NOISY,
    ),
    Mutant(
        "token-revoked", "P1", "a revoked token is told from an unknown one", f"{TOKENS}:Table.authenticate",
        'token.state(now) == "revoked"', "False", ASKED,
    ),
    Mutant(
        "origin-listed", "P1", "any page may read the answers", f"{KEEPER}:Doorkeeper.__call__",
        "origin is not None and origin in self._entrance.origins()", "origin is not None", BROWSERS,
    ),
    Mutant(
        "browser-body", "P11", "a browser's body is as large as a server's", "collector/entrance.py:limits_for",
        "not sender.is_public", "True", BROWSERS,
    ),
)  # fmt: skip
