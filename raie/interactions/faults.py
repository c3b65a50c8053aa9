"""What is wrong with one row, as one sentence that can be read back."""

import ast
import re
from dataclasses import dataclass
from typing import Self

MAX_SHOWN = 80
"""Characters of a faulty value that a message shows."""

_SENTENCE = re.compile(
    r"""(?P<column>\w+): (?P<value>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") (?P<reason>[^;]+); (?P<remedy>.+)"""
)


@dataclass(frozen=True)
class Fault:
    """A column, the value found there, what is wrong with it and what to write instead."""

    column: str
    value: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.column}: {shown(self.value)!r} {self.reason}; {self.remedy}"

    @classmethod
    def parse(cls, sentence: str) -> Self:
        """Read back what ``str`` wrote.

        Raises
        ------
        ValueError
            If the sentence does not have the form of a fault.
        """
        match = _SENTENCE.fullmatch(sentence)
        if match is None:
            raise ValueError(f"not a fault: {sentence!r}")
        column, quoted, reason, remedy = match.groups()
        # Evaluating takes ten times as long as all the rest; most values hold nothing escaped.
        value = str(ast.literal_eval(quoted)) if "\\" in quoted else quoted[1:-1]
        return cls(column, value, reason, remedy)


def shown(value: str) -> str:
    """Return the value, cut to a length that fits a message."""
    return value if len(value) <= MAX_SHOWN else value[: MAX_SHOWN - 3] + "..."
