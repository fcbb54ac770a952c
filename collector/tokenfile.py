"""The tokens file: read when it has changed, so that a new or revoked token needs no restart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from collector.errors import BadTokens
from collector.intake import RetryLater
from collector.tokens import Table, Tokens

RETRY_SECONDS = 5


def read_tokens(path: Path) -> Tokens:
    """Read a tokens file.

    Raises:
        BadTokens: it can't be read, or is none; of its text nothing is repeated.
    """
    try:
        return Tokens.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadTokens(f"{path} can't be read ({type(error).__name__}): `tidegate tokens new` makes one") from None
    except ValidationError as error:
        [first, *_] = error.errors(include_input=False, include_url=False, include_context=False)
        where = ".".join(str(step) for step in first["loc"] if isinstance(step, int) or step in _FIELDS)
        raise BadTokens(f"{path} is no tokens file: see {where or 'its form'}; bring a good one back") from None


_FIELDS = {"tokens", "id", "sha256", "tenant", "app", "environment", "events", "kind", "origins", "rate", "created"}


class TokenFile:
    """Follows the file. Once there was one, there has to be: what can't be read lets nobody in."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        """Read it, if it is there.

        Raises:
            BadTokens: it is there, and no tokens file.
        """
        self._path, self._tell = path, tell
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._table: Table | None = None
        self._wanted = self._bad = False
        if self._identity() is not None:
            self._read()

    def table(self) -> Table | None:
        """Give the table as the file holds it now; None where there is no file and never was.

        Raises:
            RetryLater: the file can't be read any more; nobody is sent away for it.
        """
        with self._lock:
            try:
                found = self._identity()
                if found != self._seen and (found or self._wanted):
                    self._read()
                    if self._bad:
                        self._bad = False
                        self._tell("the tokens file is good again")
            except BadTokens as error:
                self._bad = True
                self._tell(f"the tokens file can't be read: {error}; until then nothing is taken")
            if self._wanted and self._table is None:
                raise RetryLater(RETRY_SECONDS)
            return self._table

    def reload(self) -> bool:
        """Read it again, even if it looks the same; False: it can't be read, which was told."""
        with self._lock:
            self._seen = (0, 0, 0)
        try:
            self.table()
        except RetryLater:
            return False
        return True

    def _read(self) -> None:
        """What is gone from the file is gone from here, even if nothing good has come."""
        self._seen = self._identity()
        self._wanted, self._table = True, None
        self._table = read_tokens(self._path).table()

    def _identity(self) -> tuple[int, int, int] | None:
        """Tell one state of the file from another; None: there is none. What can't be looked at is there."""
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return (1, 1, 1)
        return found.st_ino, found.st_mtime_ns, found.st_size
