"""Opens what can be opened: a seal that can't is passed over and named, and keeps nobody from the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from deploy import credentials
from deploy.errors import Problem
from schemas.codec import CodecError
from schemas.quarantine import BadKey, Identities

if TYPE_CHECKING:
    from deploy.quarantine.reading import Sealed

Made = TypeVar("Made")
WRONG_KEY: Final = "no --identity given opens the seal; give the key it was sealed to, again for another"
NOT_OURS: Final = "what is sealed is no record of ours: leave it, or purge"


class Opener:
    """The operator's keys, and the places of the messages that they did not open."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Read the private halves.

        Raises:
            Problem: a file can't be read, may be read by others, or holds none.
        """
        texts = {file: credentials.read_private(file) for file in files}
        for file, text in texts.items():
            try:
                Identities([text])
            except BadKey as error:
                raise Problem(f"{file}: {error}") from None
        self._keys = Identities(texts.values())
        self.left: dict[str, list[str]] = {}

    def each(
        self, messages: Iterable[Sealed], do: Callable[[Sealed, Identities], Made]
    ) -> Iterator[tuple[Sealed, Made]]:
        """Do something with what each message encloses; those that don't open are left, and noted in `left`."""
        for message in messages:
            try:
                made = do(message, self._keys)
            except BadKey:
                self._leave(message, WRONG_KEY)
            except CodecError:
                self._leave(message, NOT_OURS)
            else:
                yield message, made

    def _leave(self, message: Sealed, why: str) -> None:
        self.left.setdefault(why, []).append(message.place)

    def told(self) -> Iterator[str]:
        """Say which messages were left, and why: a line a cause."""
        for why, places in self.left.items():
            yield f"{len(places)} not opened ({why}): {', '.join(places)}"
