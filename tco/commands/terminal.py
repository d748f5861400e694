"""What tables and coloured text are printed with."""

from typing import NoReturn

from rich.console import Console


class Terminal(Console):
    """Standard output, which shows text as it is and tells whoever prints that it was closed."""

    def __init__(self) -> None:
        super().__init__(highlight=False, emoji=False)

    def on_broken_pipe(self) -> NoReturn:
        """Hand the error on: rich would end the process with a code of its own."""
        raise BrokenPipeError
