"""Where a user keeps what is their own on this machine."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def own_configuration(environment: Mapping[str, str]) -> Path:
    """Folder of the user's configuration of the planner, whether it is there or not.

    Examples
    --------
    >>> own_configuration({"XDG_CONFIG_HOME": "/etc/ada"}).as_posix()
    '/etc/ada/gpt-or-llama-planner'
    """
    home = Path(environment.get("HOME", "~"))
    folder = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return from_home(folder) / "gpt-or-llama-planner"


def from_home(path: Path) -> Path:
    """Path with the home of its user written out; as it stands where nobody has that name."""
    with suppress(RuntimeError):
        return path.expanduser()
    return path
