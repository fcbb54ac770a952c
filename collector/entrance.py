"""The entrance that both doors share: who sends, and whether so much may come now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

from collector.errors import BadTokens
from collector.intake import RetryLater, WhyNot
from collector.limits import Limits
from collector.rates import Rates
from collector.senders import ANYONE, UNLIMITED, Rate, Sender
from collector.settings import CollectorSettings
from collector.tokenfile import TokenFile
from collector.tokens import Header


def _now() -> datetime:
    return datetime.now(UTC)


class Entrance:
    """Asked by both doors: once for each request. Without a tokens file anyone may send."""

    def __init__(
        self,
        tokens: TokenFile | None = None,
        *,
        rate: Rate = UNLIMITED,
        origins: Iterable[str] = (),
        rates: Rates | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Keep what is asked."""
        self._tokens = tokens
        self._anyone = replace(ANYONE, rate=rate)
        self._origins = frozenset(origins)
        self._clock = clock
        self.rates = rates or Rates()

    def authenticate(self, headers: Iterable[Header]) -> Sender:
        """Tell who sends, by a request's headers or a call's metadata. Nothing of them is kept.

        Raises:
            Unauthenticated, Forbidden: who sends may not.
            RetryLater: it can't be told now.
        """
        table = self._tokens.table() if self._tokens else None
        return self._anyone if table is None else table.authenticate(headers, self._clock())

    def origins(self) -> frozenset[str]:
        """Give the origins of the pages whose scripts may read what we answer.

        Raises:
            RetryLater: it can't be told now.
        """
        table = self._tokens.table() if self._tokens else None
        return self._origins if table is None else self._origins | table.origins(self._clock())

    def why_not(self) -> WhyNot | None:
        """Tell why nobody can be let in for now; None when somebody can."""
        try:
            self.origins()
        except RetryLater:
            return WhyNot.NO_TOKENS
        return None

    def reload(self) -> bool:
        """Read the tokens again; False: they can't be read, which was told."""
        return self._tokens is None or self._tokens.reload()


def limits_for(sender: Sender, limits: Limits) -> Limits:
    """Give a sender's limits: a browser's body is small."""
    if not sender.is_public:
        return limits
    return replace(
        limits, body=min(limits.body, limits.public_body), compressed=min(limits.compressed, limits.public_body)
    )


def entrance(settings: CollectorSettings, tell: Callable[[str], None], *, parts: int = 1) -> Entrance:
    """Make the entrance that the settings ask for: tokens once their file exists, and always where others can reach us.

    It is one of so many that give a sender its rate together.

    Raises:
        BadTokens: there has to be a tokens file, and there is none that can be read.
    """
    rates = Rates(parts=parts)
    if settings.require_tokens is False:
        return Entrance(rate=settings.rate, origins=settings.cors_origins, rates=rates)
    path, required = settings.tokens_path, settings.require_tokens or not _is_loopback(settings.host)
    if required and not path.exists():
        raise BadTokens(
            f"on {settings.host} it has to be known who sends, and there is no {path}: "
            "make one with `tidegate tokens new`, or set TIDEGATE_REQUIRE_TOKENS=false to believe everybody"
        )
    return Entrance(TokenFile(path, tell), rate=settings.rate, origins=settings.cors_origins, rates=rates)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
