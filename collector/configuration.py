"""The collector's settings as they come together: flags before environment before a file before defaults.

The file is TOML: a setting a line, by its name, the limits as a table. A key that is no setting is told.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, TypeAdapter
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, TomlConfigSettingsSource

from broker.settings import BadSetting, load
from collector.settings import CollectorSettings


@dataclass(frozen=True, slots=True)
class Configured:
    """Settings, and where each came from: flag, environment, file or default."""

    settings: CollectorSettings
    origins: Mapping[str, str]


def configure(file: Path | None = None, **given: object) -> Configured:
    """Read the settings; what is `given` and not None comes first.

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
            del dotenv_settings, file_secret_settings
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    settings = load(Filed, **given)
    flags = {name for name, value in given.items() if value is not None}
    environment = set(EnvSettingsSource(CollectorSettings)())
    sources = (("flag", flags), ("environment", environment), ("file", set(written)))
    origins = {
        name: next((origin for origin, names in sources if name in names), "default")
        for name in CollectorSettings.model_fields
    }
    return Configured(settings, origins)


def lines(configured: Configured) -> Iterator[str]:
    """Write the settings as a file that `configure` reads, each with where it came from; no secret is shown."""
    for name, value in _shown(configured).items():
        origin = configured.origins[name]
        if isinstance(getattr(configured.settings, name), SecretStr):
            yield f"# {name} is set and not shown  # {origin}"
        elif isinstance(value, dict):
            yield from (_line(f"{name}.{key}", inner, origin) for key, inner in value.items())
        else:
            yield _line(name, value, origin)


def _line(name: str, value: object, origin: str) -> str:
    return f"# {name} is not set  # {origin}" if value is None else f"{name} = {_toml(value)}  # {origin}"


def as_json(configured: Configured) -> str:
    """Write the settings as a JSON object: value and origin of each."""
    shown = _shown(configured)
    return json.dumps({name: {"value": shown[name], "from": configured.origins[name]} for name in shown}, indent=2)


def _shown(configured: Configured) -> Mapping[str, Any]:
    """Give plain values; pydantic writes a secret as stars."""
    settings = configured.settings
    return {
        name: TypeAdapter(Any).dump_python(getattr(settings, name), mode="json")
        for name in CollectorSettings.model_fields
    }


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadSetting(f"{file}: can't be read ({type(error).__name__})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):  # their texts hold what is written there
        raise BadSetting(f"{file}: is no TOML; write a setting a line, as `port = 4318`") from None
    for name in written:
        if name not in CollectorSettings.model_fields:
            raise BadSetting(f"{file}: {_named(name)}; `tidegate collector --print-config` lists what there is")
    return written


def _named(key: str) -> str:
    """Say that a key is no setting, and which one it may be meant for; an odd key is not repeated."""
    if not re.fullmatch(r"[a-z][a-z_]{0,39}", key):
        return "a key is no setting"
    close = difflib.get_close_matches(key, CollectorSettings.model_fields, n=1)
    return f"{key} is no setting" + (f", did you mean {close[0]}?" if close else "")
