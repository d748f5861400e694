"""What tables and coloured text are printed with."""

import textwrap
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from pricing.printable import PLAIN, printable


class Terminal(Console):
    """A stream that shows text as it is, and tells whoever prints that it was closed."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(highlight=False, emoji=False, stderr=stderr)

    def shown(self, text: str) -> str:
        """Text as this terminal can show it: no control characters, no signs it does not have."""
        plain = printable(text)
        return plain if self.encoding.startswith("utf") else plain.translate(PLAIN)

    def say(
        self, text: str, style: str = "", *, indent: int = 0, hanging: int | None = None
    ) -> None:
        """Print paragraphs; a line ends at a blank, and never between a figure and its unit.

        Parameters
        ----------
        indent, hanging
            Blanks before the first line and before the others; as many where left out.
        """
        others = indent if hanging is None else hanging
        for paragraph in self.shown(text).split("\n"):
            folded = textwrap.fill(
                paragraph,
                self.width,
                initial_indent=" " * indent,
                subsequent_indent=" " * others,
                break_long_words=False,
                break_on_hyphens=False,
            )
            self.print(Text(folded, style=style), soft_wrap=True)

    def on_broken_pipe(self) -> NoReturn:
        """Hand the error on: rich would end the process with a code of its own."""
        raise BrokenPipeError
