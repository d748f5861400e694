"""Where ``tco`` begins: ready to be told to end before the rest is imported."""

from typing import NoReturn

from pricing.told_to_end import begin_in_order


def begin() -> NoReturn:
    """Run the command line; SIGTERM and Ctrl-C end it with code 6, while it is imported too."""
    begin_in_order(_command_line)


def _command_line() -> None:
    from tco.cli import main

    main()


if __name__ == "__main__":
    begin()
