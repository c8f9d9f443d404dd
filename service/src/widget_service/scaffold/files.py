"""The files of a new widget, made of the templates of this package."""

from enum import StrEnum
from pathlib import Path

TEMPLATES_DIR = Path(__file__).parent / "templates"
_ENDING = ".template"


class Form(StrEnum):
    """The forms of widgets; those of a framework are built with npm."""

    HTML = "html"
    VANILLA = "vanilla"
    REACT = "react"
    VUE = "vue"

    @property
    def is_built(self) -> bool:
        """Whether what is published is made of sources."""
        return self in (Form.REACT, Form.VUE)

    @property
    def entry(self) -> str:
        """The name of the HTML file."""
        return "content.html" if self is Form.HTML else "index.html"


def files_of(form: Form, type_: str) -> dict[str, str]:
    """Return the files of a widget: paths in its folder, and their texts."""
    folder = TEMPLATES_DIR / form.value
    values = {"__TYPE__": type_, "__PACKAGE__": type_.lower()}
    return {
        file.relative_to(folder).as_posix().removesuffix(_ENDING): _filled(file.read_text(encoding="utf-8"), values)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def write_new(folder: Path, files: dict[str, str]) -> None:
    """Write files where none of them is yet; raise ``FileExistsError`` with its name, before any is written."""
    for name in files:
        if (folder / name).exists():
            raise FileExistsError(0, "is there already", str(folder / name))
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
