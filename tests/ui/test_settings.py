"""The page is served the same way from the checked-in file and from `tco app`."""

import json
import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from tco.ui.server.settings import CHART_COLOURS, OPTIONS, streamlit_arguments

ROOT = Path(__file__).parents[2]
HARDENED = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ("localhost", "127.0.0.1", "::1"),
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.maxUploadSize": 5,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "browser.gatherUsageStats": False,
}
UNSHOWN = ("global.minCachedMessageSize", "runner.postScriptGC")
"""`streamlit config show` keeps these to itself."""


def flat(document, prefix=""):
    for key, value in document.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", tuple(value) if isinstance(value, list) else value


def effective(arguments, where):
    """What Streamlit itself says it would run with."""
    shown = subprocess.run(
        [sys.executable, "-m", "streamlit", "config", "show", *arguments],
        cwd=where, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(flat(tomllib.loads(shown.stdout[shown.stdout.index("\n[") :])))


def taken(key, where):
    """What Streamlit takes an option to be."""
    ask = f"import json, streamlit.config as c; print(json.dumps(c.get_option({key!r})))"
    told = subprocess.run(
        [sys.executable, "-c", ask], cwd=where, capture_output=True, text=True, check=True
    )
    return json.loads(told.stdout)


def test_the_settings_file_agrees_with_the_settings():
    file = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))
    assert dict(flat(file)) == dict(OPTIONS)


def test_the_settings_keep_the_page_to_this_machine_and_its_errors_to_the_log():
    assert {key: OPTIONS[key] for key in HARDENED} == HARDENED


def test_streamlit_runs_with_these_settings_from_the_file():
    shown = effective([], ROOT) | {key: taken(key, ROOT) for key in UNSHOWN}
    assert {key: shown.get(key) for key in OPTIONS} == dict(OPTIONS)


def test_no_rerun_ends_with_a_walk_over_everything_in_memory():
    assert taken("runner.postScriptGC", ROOT) is False


def test_streamlit_knows_every_flag_and_runs_with_it_anywhere(tmp_path):
    shown = effective(streamlit_arguments(8765), tmp_path)
    assert shown["server.port"] == 8765
    assert {key: shown[key] for key in HARDENED} == HARDENED


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_palette_has_exactly_ten_colours_that_differ_and_read_on_their_background(mode):
    colours = OPTIONS[f"theme.{mode}.chartCategoricalColors"]
    paper = OPTIONS[f"theme.{mode}.backgroundColor"]
    assert len(colours) == CHART_COLOURS == 10
    assert all(distance(a, b) > 40 for a, b in combinations(colours, 2))
    assert all(contrast(colour, paper) >= 4.5 for colour in colours)  # WCAG 2.2, 1.4.3
    assert contrast(OPTIONS[f"theme.{mode}.textColor"], paper) >= 7


def channels(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def distance(one, other):
    return sum((a - b) ** 2 for a, b in zip(channels(one), channels(other), strict=True)) ** 0.5


def contrast(one, other):
    """WCAG's ratio of relative luminances."""
    dark, light = sorted(luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    shares = [channel / 255 for channel in channels(colour)]
    linear = [s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
