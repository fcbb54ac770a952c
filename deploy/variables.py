"""The `TIDEGATE_…` variables that there are, and those that are none: a mistyped one would have no effect, silently.

They are told and not refused: Kubernetes makes variables such as `TIDEGATE_SERVICE_HOST` of a service of that name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from broker.settings import PREFIX
from collector.settings import CollectorSettings
from consumers.sink.settings import SinkSettings
from consumers.validator.settings import ValidatorSettings

_MORE: Final = frozenset({"DEBUG"})  # of the command line itself
KNOWN: Final = tuple(
    sorted(
        {PREFIX + name for name in _MORE}
        | {
            PREFIX + name.upper()
            for model in (CollectorSettings, ValidatorSettings, SinkSettings)
            for name in model.model_fields
        }
    )
)
_BY_KUBERNETES: Final = re.compile(r"TIDEGATE(_\w+)?_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)")


def strangers(environment: Mapping[str, str]) -> Iterator[str]:
    """Say of each variable that is none, and which one it may be meant for; an odd name is not repeated."""
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in KNOWN and not _BY_KUBERNETES.fullmatch(name):
            plain = re.fullmatch(r"[A-Z0-9_]{1,60}", name) is not None
            others = [known.removeprefix(PREFIX) for known in KNOWN]
            close = difflib.get_close_matches(name.removeprefix(PREFIX), others, n=1) if plain else []
            meant = f", did you mean {PREFIX}{close[0]}?" if close else "; docs/settings.md lists what there is"
            yield f"{name if plain else f'a {PREFIX}… variable'} is no setting and has no effect{meant}"
