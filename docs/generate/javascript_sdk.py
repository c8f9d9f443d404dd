"""The browser SDK: its declarations, which are what editors show."""

import re
from pathlib import Path

from docs.generate.markdown import fenced, page, prose

SOURCES = Path(__file__).resolve().parents[2] / "sdk" / "js" / "src"
ABOUT = """\
`npm install widget-service-sdk`, or from the service itself: `/widget-sdk/latest/index.js` (ES module), `index.umd.js`
(`window.WidgetServiceSDK`, the error classes as its members), `index.d.ts`. The [guide](../how-to/browser-sdk.md) shows
it at work.

`new WidgetServiceSDK(config?)` makes a client with the settings of `SDKConfig`; its one member, `connectors`, is what
`Connectors` says."""
_DECLARATION = re.compile(
    r"^(?P<comment>/\*\*(?:(?!\*/).)*\*/\n)?(?P<text>(?:export )?(?:declare )?"
    r"(?:type (?P<type>\w+).*?;$|(?:interface|class) (?P<class>\w+)[^\n]*(?:\{\}$|\{$.*?^\}$)))",
    re.DOTALL | re.MULTILINE,
)


def make() -> str:
    """Return the page."""
    return page(
        "Browser SDK",
        ABOUT,
        "## Calls and settings",
        *declarations("types.ts").values(),
        "## Errors",
        *declarations("error-types.ts").values(),
    )


def declarations(file: str) -> dict[str, str]:
    """Return a section for each declaration of a file; an interface that a class completes is one with it."""
    sections: dict[str, str] = {}
    for found in _DECLARATION.finditer((SOURCES / file).read_text(encoding="utf-8")):
        name, text = found["type"] or found["class"], found["text"]
        comment = re.sub(r"^/\*\*|\*/$|^ *\*( |$)", "", (found["comment"] or "").strip(), flags=re.MULTILINE)
        section = "\n\n".join(filter(None, [f"### {name}", prose(comment), fenced("ts", text)]))
        sections[name] = section if name not in sections else sections[name] + "\n\n" + section.partition("\n\n")[2]
    return sections
