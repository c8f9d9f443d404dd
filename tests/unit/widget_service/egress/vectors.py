"""The vectors of ``protocol/vectors/addresses`` and ``protocol/vectors/urls``."""

import json
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[4] / "protocol" / "vectors"


def cases(file: str) -> list[dict[str, Any]]:
    """Return the cases of a file such as ``urls/refused.json``."""
    return json.loads((_ROOT / file).read_text(encoding="utf-8"))["cases"]


def refused_addresses(*, readable: bool = True) -> list[str]:
    """Return the addresses that are refused; only those that are addresses, or only the other texts."""
    found = cases("addresses/refused.json")
    return [case["address"] for case in found if (case["verdict"] != "unreadable") is readable]
