"""What stands in a table of cases for a field that is left out."""

from enum import Enum
from typing import Any


class _Absent(Enum):
    """It has the same words in every process: names of tests are made of it."""

    ABSENT = "absent"


ABSENT: Any = _Absent.ABSENT
