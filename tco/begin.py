"""Where ``tco`` begins: ready to be told to end before the rest is imported."""

import sys
from typing import NoReturn

from pricing.told_to_end import STOPPED_EXIT_CODE, end_when_told


def begin() -> NoReturn:
    """Run the command line; SIGTERM and Ctrl-C end it with code 6, while it is imported too."""
    end_when_told()
    try:
        from tco.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(STOPPED_EXIT_CODE)


if __name__ == "__main__":
    begin()
