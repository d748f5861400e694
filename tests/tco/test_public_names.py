"""What `import tco` offers: listed, described, importable, and short to look at."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

import tco

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_every_public_name_is_listed_and_there():
    assert set(dir(tco)) == {*tco.__all__, "__version__"}
    assert all(getattr(tco, name) for name in dir(tco))
    assert tco.__version__ == version("gpt-or-llama-planner")


def test_the_page_says_what_each_public_name_is():
    page = PAGE.read_text(encoding="utf-8")
    missing = [name for name in tco.__all__ if not re.search(rf"`{name}\b", page)]
    assert missing == []


def test_another_name_is_none():
    with pytest.raises(AttributeError, match="no attribute 'evaluat'"):
        tco.evaluat  # noqa: B018 - looking it up is the test


def test_what_is_shown_in_a_console_fits_on_a_line_or_two(default):
    evaluation = tco.evaluate(default)
    for shown in (default, evaluation, tco.Data.shipped()):
        assert 0 < len(repr(shown)) <= 240
    assert default.name in repr(default)
    assert evaluation.verdict.headline in repr(evaluation)


def test_a_notebook_shows_every_alternative_and_no_markup_of_a_user(default):
    named = default.self_hosted[0].model_copy(update={"name": "<script>x</script>"})
    scenario = default.model_copy(update={"self_hosted": (named,), "hybrids": ()})
    evaluation = tco.evaluate(tco.scenario_from(scenario.model_dump(mode="json")))
    shown = evaluation._repr_html_()
    assert shown.count("<tr>") == 1 + len(evaluation.alternatives)
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
