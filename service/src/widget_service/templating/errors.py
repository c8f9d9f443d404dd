"""What can be wrong with a template: found when it is saved, or when it is rendered.

    TemplateError
    ├── TemplateSyntaxError    it cannot be compiled; knows its line and column
    └── TemplateRenderError    it failed while it was rendered; knows its line and column
        ├── UnknownName        it asked for a secret or variable that there is not
        ├── MissingValue       it did something with a value that is not there
        └── LimitExceeded      it wanted more time, memory or output than a template may have

No message holds the value of an operand: it could be a secret.
"""

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal


class TemplateError(Exception):
    """Base of all; ``line`` and ``column`` count from 1, 0 where the place is not known."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def at(self, line: int, column: int) -> "TemplateError":
        """Set the place, unless it is known already."""
        if not self.line:
            self.line, self.column = line, column
        return self

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}" if self.line else self.message


class TemplateSyntaxError(TemplateError):
    """A template that cannot be compiled; ``expected`` says what would be right, where that is known."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0, expected: str = "") -> None:
        super().__init__(message, line=line, column=column)
        self.expected = expected


class TemplateRenderError(TemplateError):
    """A template that failed while it was rendered."""


class NamedError(TemplateRenderError):
    """An error about a name, which is told only where the template's own text holds it: it could be a secret."""

    name: str

    def tell_name(self, source: str) -> None:
        """Name it, if ``source`` does so as well."""
        if self.name and re.search(rf"(?<!\w){re.escape(self.name)}(?!\w)", source):
            self.message = self.named_message()

    @abstractmethod
    def named_message(self) -> str:
        """Return the message with the name."""


class UnknownName(NamedError):
    """A secret or variable that there is not."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} of the name that get_{kind}() asks for")
        self.kind = kind
        self.name = name

    def named_message(self) -> str:
        return f"the {self.kind} '{self.name}' does not exist"


class MissingValue(NamedError):
    """Something was done with a value that is not there."""

    def __init__(self, name: object) -> None:
        super().__init__("uses a value that is not there")
        self.name = name if isinstance(name, str) else ""

    def named_message(self) -> str:
        return f"uses '{self.name}', which is not there"


class LimitExceeded(TemplateRenderError):
    """A template that would take too much time or memory here; a worker process may have more of both."""


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """One thing to mend in a template; lines and columns count from 1."""

    line: int
    column: int
    message: str
    expected: str
    severity: Literal["error", "warning"] = "error"
