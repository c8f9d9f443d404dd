"""Reading a Dockerfile as far as this project's goes: instructions, stage by stage."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

_REFERENCE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Instruction:
    """``RUN …``, ``COPY …`` and so on; ``text`` is what follows the word."""

    word: str
    text: str

    @property
    def arguments(self) -> list[str]:
        """The words of the text: of a JSON list, or as a shell would part them."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


@dataclass
class Stage:
    """What follows one FROM."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[Instruction]:
        return [each for each in self.instructions if each.word == word]

    def last(self, word: str) -> Instruction:
        return self.all(word)[-1]

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        pairs = [pair.partition("=") for each in self.all("ENV") for pair in each.arguments]
        return {name: value for name, _, value in pairs}


def read_dockerfile(file: Path) -> list[Stage]:
    """Return the stages of a Dockerfile, with the defaults of ARG before the first FROM filled in."""
    text = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", file.read_text(), flags=re.MULTILINE))
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            base = _REFERENCE.sub(lambda match: arguments[match[1]], base)
            stages.append(Stage(base, name))
        elif word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            arguments[name] = default
        else:
            stages[-1].instructions.append(Instruction(word, rest))
    return stages
