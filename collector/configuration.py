"""The collector's settings as they come together: flags before environment before a file before defaults.

The file is TOML: a setting a line, by its name, the limits as a table. A key that is no setting is told.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource

from broker.settings import PREFIX, BadSetting
from collector.settings import CollectorSettings
from collector.wrong_settings import TABLES, not_json, unknown, wrong

BOOTSTRAP: Final = "kafka_bootstrap"
_NOWHERE: Final = "nowhere:0"


@dataclass(frozen=True, slots=True)
class Configured:
    """Settings, and where each came from: flag, environment, file or default; parts of a table each for itself.

    `is_whole` is False where there is no Kafka to connect to, which was let by.
    """

    settings: CollectorSettings
    origins: Mapping[str, str]
    is_whole: bool = True


class _Environment(EnvSettingsSource):
    """Variables; one that can't be read is named."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: object) -> object:
        """Read JSON, in which nothing stands twice."""
        try:
            read = super().decode_complex_value(field_name, field, value)
            if isinstance(read, dict):
                json.loads(str(value), object_pairs_hook=_once)
        except (ValueError, RecursionError):  # the text would hold what is written there
            raise BadSetting(f"{PREFIX}{field_name.upper()}: {not_json(field_name)}") from None
        return read


def _once(pairs: list[tuple[str, object]]) -> None:
    """See that no key stands twice: which would hold is anybody's guess."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError


def configure(file: Path | None = None, *, whole: bool = True, **given: object) -> Configured:
    """Read the settings; what is `given` and not None comes first. Not `whole`: there may be no Kafka to connect to.

    Raises:
        BadSetting: one is missing or wrong, or the file can't be read or has a key that is no setting.
    """
    written = {} if file is None else _read(file)

    class Filed(CollectorSettings):
        """The settings, with the file behind the environment."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del env_settings, dotenv_settings, file_secret_settings
            return init_settings, _Environment(settings_cls), InitSettingsSource(settings_cls, dict(written))

    flags: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    environment = _Environment(CollectorSettings)()
    sources: dict[str, Mapping[str, Any]] = {"flag": flags, "environment": environment, "file": written}
    is_whole = whole or any(BOOTSTRAP in source for source in sources.values())
    lacking: dict[str, Any] = {} if is_whole else {BOOTSTRAP: _NOWHERE}
    origins = dict(_origins(sources))
    try:
        settings = Filed(**flags, **lacking)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise BadSetting(wrong(found, lambda name, part: _named(name, part, origins, file))) from None
    return Configured(settings, origins, is_whole)


def _origins(sources: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Tell where each setting is from; what holds parts, also of each."""
    for name in CollectorSettings.model_fields:
        yield name, next((origin for origin, there in sources.items() if name in there), "default")
        for part in TABLES.get(name, ()):
            given = (origin for origin, there in sources.items() if part in _table(there, name))
            yield f"{name}.{part}", next(given, "default")


def _table(there: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = there.get(name)
    return table if isinstance(table, dict) else {}


def _named(name: str, part: str, origins: Mapping[str, str], file: Path | None) -> str:
    """Say where a setting was given: by its flag, its variable, or in the file."""
    dotted = f"{name}.{part}" if part else name
    match origins.get(dotted, origins[name]):
        case "flag":
            return f"--{name.replace('_', '-')}"
        case "file":
            return f"{file}: {dotted}"
    return f"{PREFIX}{name.upper()}" + (f".{part}" if part else "")


def lines(configured: Configured) -> Iterator[str]:
    """Write the settings as a file that `configure` reads, each with where it came from; no secret is shown."""
    for name, value in _shown(configured).items():
        origin = configured.origins[name]
        if isinstance(getattr(configured.settings, name), SecretStr):
            yield f"# {name} is set and not shown  # {origin}"
        elif isinstance(value, dict):
            for part, inner in value.items():
                yield _line(f"{name}.{part}", inner, configured.origins[f"{name}.{part}"])
        else:
            yield _line(name, value, origin)


def _line(name: str, value: object, origin: str) -> str:
    return f"# {name} is not set  # {origin}" if value is None else f"{name} = {_toml(value)}  # {origin}"


def as_json(configured: Configured) -> str:
    """Write the settings as a JSON object: value and origin of each; of a table, the origin of each part."""
    told = {
        name: {"value": value, "from": _from(configured.origins, name, value)}
        for name, value in _shown(configured).items()
    }
    return json.dumps(told, indent=2)


def _from(origins: Mapping[str, str], name: str, value: object) -> object:
    return {part: origins[f"{name}.{part}"] for part in value} if isinstance(value, dict) else origins[name]


def _shown(configured: Configured) -> Mapping[str, Any]:
    """Give plain values; pydantic writes a secret as stars."""
    settings = configured.settings
    shown = {
        name: TypeAdapter(Any).dump_python(getattr(settings, name), mode="json")
        for name in CollectorSettings.model_fields
    }
    return shown if configured.is_whole else {**shown, BOOTSTRAP: None}


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def asks_for_json(file: Path | None) -> bool:
    """Tell whether the log is to be JSON, of settings with something else wrong."""
    found = os.environ.get(f"{PREFIX}LOG_FORMAT")
    if found is None and file is not None and file.is_file():
        with contextlib.suppress(BadSetting):
            found = _parsed(file).get("log_format")
    return found == "json"


def _read(file: Path) -> Mapping[str, Any]:
    written = _parsed(file)
    for name in written:
        if name not in CollectorSettings.model_fields:
            said = unknown(name, "setting", CollectorSettings.model_fields)
            raise BadSetting(f"{file}: {said}; `tidegate collector --print-config` lists what there is")
    return written


def _parsed(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadSetting(f"{file}: can't be read ({type(error).__name__})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        line = re.search(r"at line \d+", str(error))  # no more of its text: it holds what is written there
        where = f", {line[0]}" if line else ""
        raise BadSetting(f"{file}: is no TOML{where}; write a setting a line, as `port = 4318`") from None
