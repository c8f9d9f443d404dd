"""``python -m supply.sbom``: the bill of materials, CycloneDX 1.6 as JSON, of what runs in the service.

It names the locked distributions of Python with the hashes that may be installed, and the packages of JavaScript that
are part of what the service serves. The same lock files give the same bytes.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from supply.licences import licence_of

ROOT = Path(__file__).parents[1]
_PYTHON_ONLY_TO_BUILD = frozenset({"editables", "hatchling", "pathspec", "pluggy", "trove-classifiers"})
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)(.*?)(?=^[A-Za-z0-9]|\Z)", re.MULTILINE | re.DOTALL)
_VENDORED = ROOT / "service/src/widget_service/admin/pages/static/vendor"


def bill() -> dict[str, Any]:
    """Return the document."""
    components = sorted([*python_components(), *javascript_components()], key=lambda each: str(each["bom-ref"]))
    content = json.dumps(components, sort_keys=True)
    version = re.search(
        r'"(.+)"', (ROOT / "service/src/widget_service/_version.py").read_text().split("__version__")[1]
    )
    assert version is not None
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "widget-service",
                "name": "widget-service",
                "version": version[1],
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [
            {"ref": "widget-service", "dependsOn": [each["bom-ref"] for each in components]},
            *({"ref": each["bom-ref"]} for each in components),
        ],
    }


def python_components() -> Iterator[dict[str, Any]]:
    """Yield the distributions of ``requirements/run.txt``, but for those that only build the service's own."""
    for name, version, rest in _LOCKED.findall((ROOT / "requirements/run.txt").read_text()):
        if name not in _PYTHON_ONLY_TO_BUILD:
            hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", rest)
            yield _component("pypi", name, version, licence_of(name), hashes)


def javascript_components() -> Iterator[dict[str, Any]]:
    """Yield the packages whose licences lie beside what was joined of them."""
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name in vendored_packages():
        entry = locked[f"node_modules/{name}"]
        yield _component("npm", name.replace("@", "%40"), entry["version"], entry["license"], [], name=name)


def vendored_packages() -> list[str]:
    """Return the names of the packages that the vendored files are made of."""
    texts = "".join(file.read_text() for file in sorted(_VENDORED.glob("*.LICENSE.txt")))
    return sorted(set(re.findall(r"^((?:@[\w.-]+/)?[\w.-]+) \d+\.\d+\.\d+", texts, re.MULTILINE)))


def _component(
    kind: str, path: str, version: str, licence: str | None, hashes: list[str], name: str | None = None
) -> dict[str, Any]:
    reference = f"pkg:{kind}/{path}@{version}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference,
        "name": name or path,
        "version": version,
        "purl": reference,
    }
    if licence is not None:
        component["licenses"] = [{"expression": licence}]
    if hashes:
        component["properties"] = [{"name": "widget-service:sha256", "value": each} for each in hashes]
    return component


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=2)
    sys.stdout.write("\n")
