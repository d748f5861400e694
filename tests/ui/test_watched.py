"""What an operator sees of a process, and what stays the affair of its visitors."""

import json
import logging
import re
from datetime import datetime

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from pricing.errors import InputError, Problem, StorageError
from tco.answer.evaluation import evaluate
from tco.cli import command_line
from tco.question.presets import presets
from tco.store.connect import open_store
from tco.store.scenario_store import ScenarioStore
from tco.ui.server import log
from tco.ui.server.log import TextRecord, person_hash
from tco.ui.server.metrics import METRICS, Metrics
from tco.ui.server.settings import command
from tco.ui.server.watched import watched_run
from tests.ui.log_lines import run_line, written

SECRET = "the plan of Ann"
SCENARIO = next(iter(presets().values()))


def total(family, **label):
    """Count of a family under a label so far, as it is given to Prometheus."""
    (wanted,) = label.items()
    stats = METRICS.get_stats([family])[family]
    return sum(stat.value for stat in stats if tuple(stat.labels.items()) == (wanted,))


def test_a_line_is_one_json_object_with_its_time_in_utc():
    line = json.loads(run_line("/bills"))
    assert datetime.fromisoformat(line["time"]).utcoffset().total_seconds() == 0
    assert (line["level"], line["message"], line["request"]) == ("info", "run", "/bills")
    assert (line["outcome"], line["person"]) == ("answered", None)
    assert line["duration_ms"] >= line["cpu_ms"] >= 0


def test_the_same_line_as_text_says_the_same():
    found = dict(re.findall(r"(\w+)=(\S+)", run_line("/bills", TextRecord)))
    assert found.keys() == {"request", "outcome", "duration_ms", "cpu_ms"}
    assert found["request"] == "/bills"


def refuse(run):
    run.refused(InputError(Problem("workload", SECRET, "is odd", "")))


def fail(_run):
    raise ValueError(SECRET) from KeyError(SECRET)


def leave(_run):
    raise GeneratorExit  # as Streamlit's word for it, no mistake: it derives from BaseException


@pytest.mark.parametrize(
    ("happens", "outcome"),
    [(lambda _run: None, "answered"), (refuse, "refused"), (fail, "failed"), (leave, "left")],
)
def test_every_run_has_one_line_and_one_count_however_it_ends(happens, outcome):
    def run():
        try:
            with watched_run() as told:
                happens(told)
        except (ValueError, GeneratorExit):
            pass

    before = total("planner_reruns", outcome=outcome)
    line = written(run)
    assert json.loads(line)["outcome"] == outcome
    assert SECRET not in line
    assert total("planner_reruns", outcome=outcome) == before + 1


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_mistake_of_ours_is_told_by_its_places_without_its_words(form):
    def mistake():
        try:
            fail(None)
        except ValueError as error:
            error.add_note("  worker.py:7 in work")
            logging.getLogger("tco.page").exception("Uncaught")

    line = written(mistake) if form == "json" else written(mistake, TextRecord)
    told = json.loads(line)["error"] if form == "json" else line.splitlines()[1:]
    assert [place for place in told if not place.startswith("  ")] == ["ValueError", "KeyError"]
    assert "  worker.py:7 in work" in told
    assert any(place.endswith(" in fail") for place in told)
    assert SECRET not in line


def test_a_store_failure_is_one_line_without_the_name_of_a_scenario(tmp_path):
    from tco.ui.server.shared_store import shared_store

    url = f"sqlite:///{tmp_path / 's.sqlite'}"
    named = SCENARIO.model_copy(update={"name": SECRET})
    opened = open_store(url)
    kept = ScenarioStore(opened, "ann").create(named, evaluate(SCENARIO), SECRET)
    with opened.begin() as connection:
        connection.execute(text("UPDATE version SET document = document || ' '"))
    opened.dispose()

    def load():
        with pytest.raises(StorageError, match=SECRET):
            ScenarioStore(shared_store(url), "ann").load(kept.id)

    before = total("planner_store_failures", code="storage")
    (line,) = written(load).splitlines()
    told = json.loads(line)
    assert (told["message"], told["code"]) == ("the store failed", "storage")
    assert told["cause"] == "version 1 is not what was saved"
    assert SECRET not in line
    assert total("planner_store_failures", code="storage") == before + 1


def test_a_person_is_known_again_by_who_has_the_secret_and_found_by_nobody_else(monkeypatch):
    monkeypatch.setattr(log, "get_cookie_secret", lambda: "one")
    first = person_hash("ann@example.org")
    assert first == person_hash("ann@example.org") != person_hash("ben@example.org")
    monkeypatch.setattr(log, "get_cookie_secret", lambda: "another")
    assert person_hash("ann@example.org") != first


def test_durations_are_counted_within_each_bound_that_holds_them():
    metrics = Metrics()
    for seconds in (0.004, 0.005, 0.3, 1_000.0):
        metrics.time("planner_store_seconds", seconds)
    (stat,) = metrics.get_stats(["planner_store_seconds"])["planner_store_seconds"]
    said = stat.to_metric_str()
    within = dict(re.findall(r'le="([^"]+)"} (\d+)', said))
    assert (within["0.005"], within["0.25"], within["0.5"], within["+Inf"]) == ("2", "2", "3", "4")
    assert "planner_store_seconds_sum 1000.309\n" in said
    assert said.endswith("planner_store_seconds_count 4")


def test_a_form_of_the_log_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("PLANNER_LOG", "xml")
    done = CliRunner().invoke(command_line, ["app", "--headless"])
    assert isinstance(done.exception, InputError)
    assert done.exception.problems[0].field == "PLANNER_LOG"


def test_a_log_in_json_holds_no_greeting(monkeypatch):
    assert "--logger.hideWelcomeMessage=true" not in command()
    monkeypatch.setenv("PLANNER_LOG", "json")
    assert "--logger.hideWelcomeMessage=true" in command()
