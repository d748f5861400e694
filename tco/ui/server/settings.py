"""How the page is served and coloured: one place for the facts of `.streamlit/config.toml`.

The checked-in file serves ``streamlit run app.py``; `command` serves ``tco app``, which may run
from any directory. A test holds the two together.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pricing.errors import InputError, Problem
from tco.charts.style import DARK_SERIES, LIGHT_SERIES
from tco.service.hosts import LOOPBACK

Option = bool | int | str | tuple[str, ...]

LOG_VARIABLE: Final = "PLANNER_LOG"
"""Environment variable that chooses the form of the log."""
TEXT: Final = "text"
JSON: Final = "json"
ENVIRONMENT: Final[Mapping[str, str]] = {
    "PYTHONMALLOC": "malloc",
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Variables that a process of the page starts with.

Memory comes from the C library, all from one place, so that what is free can go back to the system:
Python's own allocator keeps an arena for whatever is left in it. Products of arrays take one
thread: ours are small, and a second thread spends a core on waiting for the next one.
"""
CHART_COLOURS: Final = 10
"""Streamlit's chart theme has this many places; a shorter list is dropped without a word."""
_REPEATED: Final = frozenset({"server.allowedHosts"})
"""Options that Streamlit takes once for each of their values."""
SERVING: Final[Mapping[str, Option]] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "global.minCachedMessageSize": 100,
    "runner.postScriptGC": False,
    "server.address": "127.0.0.1",
    "server.allowedHosts": LOOPBACK,
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableWebsocketCompression": True,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 64,
    "server.showEmailPrompt": False,
}

THEME: Final[Mapping[str, Option]] = {
    "theme.baseFontSize": 15,
    "theme.baseRadius": "0.4rem",
    "theme.metricValueFontSize": "1.55rem",
    "theme.metricValueFontWeight": 600,
    "theme.headingFontSizes": ("28px", "20px", "17px", "15px", "14px", "13px"),
    "theme.paddingTop": "0.25rem",
    "theme.showSidebarBorder": True,
    "theme.showWidgetBorder": True,
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f3f5f8",
    "theme.light.textColor": "#18212f",
    "theme.light.primaryColor": "#1d4ed8",
    "theme.light.linkColor": "#1d4ed8",
    "theme.light.borderColor": "#d5dbe4",
    "theme.light.chartCategoricalColors": LIGHT_SERIES,
    "theme.dark.backgroundColor": "#11151c",
    "theme.dark.secondaryBackgroundColor": "#1b212b",
    "theme.dark.textColor": "#e8ecf2",
    "theme.dark.primaryColor": "#7aa7ff",
    "theme.dark.linkColor": "#7aa7ff",
    "theme.dark.borderColor": "#384252",
    "theme.dark.chartCategoricalColors": DARK_SERIES,
}

OPTIONS: Final[Mapping[str, Option]] = {**SERVING, **THEME}


def command(port: int | None = None, hosts: Sequence[str] = (), path: str = "") -> list[str]:
    """Command that serves the page, with these settings and the headers of `tco.ui.guard`.

    Parameters
    ----------
    hosts
        Names by which the page is reached, those of this machine aside.
    path
        Path below which the page is served; empty at the root.

    Raises
    ------
    InputError
        If the environment asks for a form of the log that is none.
    """
    door = str(Path(__file__).with_name("asgi.py"))
    named = [f"--server.allowedHosts={host}" for host in hosts]
    below = [f"--server.baseUrlPath={path.strip('/')}"] if path else []
    more = [*named, *below, *log_arguments()]
    return [sys.executable, "-m", "streamlit", "run", door, *streamlit_arguments(port), *more]


def log_form(environment: Mapping[str, str] = os.environ) -> str:
    """Form of the log that the environment asks for.

    Raises
    ------
    InputError
        If it is neither of the two.

    Examples
    --------
    >>> log_form({}), log_form({"PLANNER_LOG": "json"})
    ('text', 'json')
    """
    form = environment.get(LOG_VARIABLE) or TEXT
    if form not in {TEXT, JSON}:
        limit = "is no form of the log"
        raise InputError(Problem(LOG_VARIABLE, form, limit, f"Give {TEXT} or {JSON}."))
    return form


def log_arguments() -> list[str]:
    """Arguments that keep all but JSON out of a log that is to be JSON."""
    bare = ["--logger.hideWelcomeMessage=true", "--logger.messageFormat=%(message)s"]
    return bare if log_form() == JSON else []


def streamlit_arguments(port: int | None = None) -> list[str]:
    """Arguments of ``streamlit run`` that serve the page as the settings file does.

    Examples
    --------
    >>> streamlit_arguments(8501)[-1]
    '--server.port=8501'
    >>> "--client.showErrorDetails=none" in streamlit_arguments()
    True
    """
    chosen = [
        f"--{key}={_as_argument(value)}"
        for key, values in OPTIONS.items()
        for value in (values if key in _REPEATED and isinstance(values, tuple) else [values])
    ]
    return chosen if port is None else [*chosen, f"--server.port={port}"]


def _as_argument(value: Option) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return json.dumps(value)
    return str(value)
