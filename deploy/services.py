"""The services of a stack, and what each is given: its own principal's credential, its own keys, nothing else."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from deploy.folder import Folder
    from deploy.keys import Keys

# What a process needs of its surroundings to run at all; everything else stays outside.
SURROUNDINGS = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE")
# How a cluster elsewhere is reached, the same for everybody: no user, no password.
ELSEWHERE = ("KAFKA_SECURITY_PROTOCOL", "KAFKA_MECHANISM", "KAFKA_CA_FILE")
_P = "TIDEGATE_"


@dataclass(frozen=True, slots=True)
class Service:
    """A sub-command that runs until it is stopped, as a principal."""

    name: str
    principal: str
    keys: Mapping[str, str] = field(default_factory=dict)  # variable -> the property of `Keys` it points to

    def command(self) -> Sequence[str]:
        """Give its command line; -P keeps modules of the working directory out."""
        return (sys.executable, "-P", "-m", "deploy.cli", self.name)


COLLECTOR = Service(
    "collector",
    "collector",
    {"TELEMETRY_KEY_FILE": "telemetry", "QUARANTINE_RECIPIENT_FILE": "recipient", "STORAGE_KEY_FILE": "storage"},
)
VALIDATOR = Service("validator", "validator", {"ML_KEY_FILE": "ml", "QUARANTINE_RECIPIENT_FILE": "recipient"})
SINK = Service("sink", "analytics")
SERVICES = (COLLECTOR, VALIDATOR, SINK)


def environment(
    service: Service,
    folder: Folder,
    keys: Keys,
    *,
    bootstrap: str,
    elsewhere: bool = False,
    catalog: Path | None = None,
    more: Mapping[str, str] | None = None,
    outer: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Build a service's environment from nothing; `more` holds further settings by their names without the prefix.

    Of the outer one it takes over how a cluster elsewhere is reached, and the service's own fine settings
    (`TIDEGATE_<SERVICE>_…`).
    """
    own = f"{_P}{service.name.upper()}_"
    taken = {name: value for name, value in outer.items() if name in SURROUNDINGS or name.startswith(own)}
    taken |= {
        _P + name: outer[_P + name]
        for name in ("KAFKA_DRIVER", "DEBUG", *(ELSEWHERE if elsewhere else ()))
        if _P + name in outer
    }
    given = {
        "KAFKA_BOOTSTRAP": bootstrap,
        "KAFKA_USERNAME": service.principal,
        "KAFKA_PASSWORD_FILE": str(folder.credentials / service.principal),
        "DATA_DIR": str(folder.root),
        **{variable: str(getattr(keys, key)) for variable, key in service.keys.items()},
        **({"CATALOG": str(catalog)} if catalog else {}),
        **(more or {}),
    }
    return taken | {_P + name: value for name, value in given.items()} | {"PYTHONUNBUFFERED": "1"}
