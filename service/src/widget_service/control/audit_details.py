"""What the audit log holds of a sync: the definitions before and after, or their digests where they are many."""

import json
from collections.abc import Iterable
from typing import Any, Final

from widget_service.connectors.literal_credentials import without_literals
from widget_service.registry.sync import Definition, Plan

MAX_BYTES: Final = 256 * 1024
"""Of definitions in one entry: beyond it, their digests say which they were."""


def details_of(plan: Plan) -> dict[str, Any]:
    """Return ``{"before": {permalink: definition}, "after": {permalink: definition}}``, without literal credentials."""
    before = [*(update.before for update in plan.updated), *plan.deleted]
    after = [*plan.created, *(update.after for update in plan.updated)]
    whole = {"before": _whole(before), "after": _whole(after)}
    if len(json.dumps(whole)) <= MAX_BYTES:
        return whole
    return {"before": _digests(before), "after": _digests(after)}


def _whole(definitions: Iterable[Definition]) -> dict[str, Any]:
    return {definition.permalink: without_literals(definition.raw) for definition in definitions}


def _digests(definitions: Iterable[Definition]) -> dict[str, str]:
    return {definition.permalink: f"sha256:{definition.digest}" for definition in definitions}
