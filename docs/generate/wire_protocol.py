"""The wire protocol, of its OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.generate.markdown import code, listed, page, prose, table

CONTRACT = Path(__file__).resolve().parents[2] / "protocol" / "openapi.json"
ABOUT = """\
What callers send and are answered, on the origin of widgets. A running service tells all of it, schemas included, at
`/openapi.json`; `/widget-service` is the setting `PATH_PREFIX`. Error codes: [errors](errors.md)."""
BESIDE = {
    "GET /readyz": "Whether calls can be executed, and [what is degraded](../explanation/degradation.md); of `serve`.",
    "GET /metrics": "[Metrics](metrics.md) for Prometheus; of `serve`, with `METRICS_TOKEN`.",
    "GET /widget-sdk/latest/index.js": (
        "The browser SDK as an ES module; also `index.umd.js`, `index.d.ts`, and under `/widget-sdk/VERSION/`."
    ),
    "GET /widget-runtime/latest/index.js": (
        "The widget runtime, for [pages of your own](../how-to/write-a-widget.md#on-a-page-of-your-own)."
    ),
    "GET /widgets/TYPE/…": "The files of hosted widgets, where `WIDGETS_DIR` is set, and in `dev`.",
    "GET /preview/": "The host page of widgets, in `dev` and with `PREVIEW`.",
    "GET /live/problems": "All problems of a repository, in `dev`; the rest of `/live/` is for the host page alone.",
}
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def make() -> str:
    """Return the page."""
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return page(
        "Wire protocol",
        ABOUT,
        *(_section(contract, path, item) for path, item in contract["paths"].items()),
        "## Beside it",
        table(("path", "what"), ((code(path), what) for path, what in BESIDE.items())),
    )


def operations(contract: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and operation."""
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def resolved(contract: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference leads to, or the value itself."""
    while "$ref" in value:
        found: Any = contract
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        value = found
    return value


def parameters(contract: Mapping[str, Any], found: list[Mapping[str, Any]]) -> str:
    """Return the table of parameters, empty if there are none."""
    rows = [
        (
            code(parameter["name"]),
            parameter["in"],
            "yes" if parameter.get("required") else "",
            prose(parameter.get("description", "")),
        )
        for parameter in (resolved(contract, value) for value in found)
    ]
    return table(("parameter", "in", "required", "meaning"), rows) if rows else ""


def _section(contract: Mapping[str, Any], path: str, item: Mapping[str, Any]) -> str:
    methods = [method for method in METHODS if method in item]
    told = dict.fromkeys((item[method]["summary"], item[method].get("description", "")) for method in methods)
    parts = [f"## `{path}`"]
    for summary, description in told:
        of = [method.upper() for method in methods if item[method]["summary"] == summary]
        parts.append(f"{listed(of)}: {prose(summary)}")
        parts.append(prose(description))
    shared = [*item.get("parameters", ()), *item[methods[0]].get("parameters", ())]
    parts.append(parameters(contract, shared))
    parts.append(_answers(contract, item[methods[0]]["responses"]))
    return "\n\n".join(filter(None, parts))


def _answers(contract: Mapping[str, Any], responses: Mapping[str, Any]) -> str:
    rows = ((status, prose(resolved(contract, answer).get("description", ""))) for status, answer in responses.items())
    return table(("status", "answer"), rows)
