"""Which planner this is."""

from functools import lru_cache
from importlib.metadata import version
from typing import Final

DISTRIBUTION: Final = "gpt-or-llama-planner"


@lru_cache(maxsize=1)
def planner_version() -> str:
    """Version that is installed, read once."""
    return version(DISTRIBUTION)
