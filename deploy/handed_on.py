"""What `tidegate up` hands on to its collector: the collector's own settings, and none of what `up` sets itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from broker.settings import PREFIX, BadSetting, KafkaSettings
from collector.settings import CollectorSettings

if TYPE_CHECKING:
    from pathlib import Path

    from collector.configuration import Configured
    from deploy.keys import Keys

# `up` takes these from their flag, variable or the file, and gives each service what it made of them.
PLACE: Final = frozenset({"host", "port", "grpc_port", "workers", "catalog"})
# These it makes: another one in their place would not be used.
MADE: Final = frozenset({"telemetry_key_file", "quarantine_recipient_file", "storage_key_file"})
HANDED_ON: Final = frozenset(CollectorSettings.model_fields) - frozenset(KafkaSettings.model_fields) - PLACE - MADE


def handed_on(outer: Mapping[str, str]) -> dict[str, str]:
    """Give the variables of the collector's own settings, by their names without the prefix."""
    names = (name.upper() for name in sorted(HANDED_ON))
    return {name: outer[PREFIX + name] for name in names if PREFIX + name in outer}


def check(configured: Configured, keys: Keys, config: Path | None) -> None:
    """See that nothing is set that `up` sets itself, and otherwise.

    Raises:
        BadSetting: something is.
    """
    settings, origins = configured.settings, configured.origins
    made = {
        "telemetry_key_file": (settings.telemetry_key_path, keys.telemetry),
        "quarantine_recipient_file": (settings.recipient_path, keys.recipient),
        "storage_key_file": (settings.storage_key_path, keys.storage),
    }
    for name, (wanted, own) in made.items():
        if origins[name] != "default" and wanted.absolute() != own.absolute():
            where = f"{config}: {name}" if origins[name] == "file" else PREFIX + name.upper()
            raise BadSetting(f"{where}: `tidegate up` uses its own, {own}; leave it out, or run `tidegate collector`")
    for name in KafkaSettings.model_fields:
        if origins[name] == "file":
            raise BadSetting(
                f"{config}: {name}: `tidegate up` gives each service its own; "
                f"leave it out, and set {PREFIX}{name.upper()} for `up` itself"
            )
