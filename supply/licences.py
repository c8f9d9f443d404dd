"""Which licences what the service depends on may have, and what a package says of its own."""

import re
from importlib import metadata

ADMITTED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0", "Zlib"),
        *("MPL-2.0", "LGPL-2.1-only", "LGPL-3.0-only"),  # files, or a library, that stay as they are published
    }
)
_OF_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def licence_of(distribution: str) -> str | None:
    """Return the SPDX expression that an installed distribution states; None where none is there or stated."""
    try:
        told = metadata.metadata(distribution).json
    except metadata.PackageNotFoundError:
        return None
    if expression := told.get("license_expression"):
        return str(expression)
    names = [each.rpartition(" :: ")[2] for each in told.get("classifier", ()) if each.startswith("License ::")]
    known = [_OF_CLASSIFIERS[name] for name in names if name in _OF_CLASSIFIERS]
    return " OR ".join(known) or (str(told["license"]) if told.get("license") in ADMITTED else None)


def is_admitted(expression: str) -> bool:
    """Whether the licence can be chosen so that all of it is admitted."""
    flat = expression
    while inner := re.search(r"\(([^()]*)\)", flat):
        flat = flat.replace(inner[0], "0BSD" if is_admitted(inner[1]) else "refused")
    return any(all(part.strip() in ADMITTED for part in each.split(" AND ")) for each in flat.split(" OR "))
