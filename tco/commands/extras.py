"""Packages that a command needs and a plain install leaves out."""

from importlib.util import find_spec

from pricing.errors import InputError, Problem


def require_installed(extra: str, *modules: str) -> None:
    """Refuse a command whose extra is not installed.

    Raises
    ------
    InputError
        Naming the extra.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        limit = f"needs {' and '.join(missing)}, which a plain install leaves out"
        raise InputError(Problem(extra, "", limit, f"Install gpt-or-llama-planner[{extra}]."))
