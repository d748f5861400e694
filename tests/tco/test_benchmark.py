import json
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.own_data.benchmark import read_trials, standings, wilson_interval
from tests.fuzz.damage import damaged
from tests.tco.command import tco

TASKS = """task,difficulty,model,accepted,latency_s,refused,tool_calls_right,recovered,cost_usd
sum,easy,gpt-5.4,yes,1.0,no,1.0,,0.01
plan,hard,gpt-5.4,yes,3.0,no,0.9,yes,0.05
sum,easy,Llama 3.3 70B,yes,0.5,no,1.0,,0.002
plan,hard,Llama 3.3 70B,no,2.0,no,0.5,no,0.010
"""


@pytest.fixture
def tasks(tmp_path):
    path = tmp_path / "tasks.csv"
    path.write_text(TASKS)
    return path


def test_each_model_is_summed_up_from_easy_to_hard(tasks):
    found = {(s.model, s.difficulty): s for s in standings(read_trials(tasks))}
    llama = found["Llama 3.3 70B", "all"]
    assert (llama.tasks, llama.acceptance_rate) == (2, 0.5)
    assert llama.usd_per_accepted == pytest.approx(0.012)
    assert llama.median_latency_s == 1.25
    assert llama.tool_calls_right == 0.75
    assert llama.recovered_share == 0.0
    assert found["Llama 3.3 70B", "hard"].usd_per_accepted is None  # nothing was accepted
    assert found["gpt-5.4", "all"].usd_per_accepted == pytest.approx(0.03)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_solves_the_score_equation(case):
    successes, trials = case
    low, high = wilson_interval(successes, trials)
    share, z = successes / trials, NormalDist().inv_cdf(0.975)
    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            assert abs(share - end) == pytest.approx(
                z * (end * (1 - end) / trials) ** 0.5, rel=1e-6, abs=1e-12
            )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("accepted,latency", "acepted,latency", "accepted"),
        (",easy,gpt", ",esy,gpt", "easy"),
        ("gpt-5.4,yes,1.0", "gpt-5.4,maybe,1.0", "yes or no"),
        ("gpt-5.4,yes,1.0", "gpt-5.4,,1.0", "required"),
        ("gpt-5.4,yes,1.0", "gpt-5.4,yes,-1", "at least 0"),
        ("no,1.0,,0.01", "no,30,,0.01", "0 to 1"),
        ("no,1.0,,0.01", "no,nan,,0.01", "0 to 1"),
    ],
)
def test_a_wrong_cell_is_named(tasks, old, new, words):
    text = tasks.read_text()
    assert old in text
    tasks.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=words):
        read_trials(tasks)


def test_every_wrong_cell_is_named_at_once(tasks):
    tasks.write_text(tasks.read_text().replace("easy", "esy"))
    with pytest.raises(InputError) as refused:
        read_trials(tasks)
    assert [p.field.split(":")[0] for p in refused.value.problems] == [
        "tasks.csv line 2",
        "tasks.csv line 4",
    ]


def test_an_empty_or_missing_file_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(TASKS.splitlines()[0])
    with pytest.raises(InputError, match="no rows"):
        read_trials(path)
    with pytest.raises(InputError, match="does not exist"):
        read_trials(tmp_path / "none.csv")


def test_the_command_prints_one_document(tasks):
    document = json.loads(tco("quality", "sum", tasks, "--json").stdout)
    assert document["schema"] == "tco.quality/2"
    assert len(document["standings"]) == 6
    assert tco("quality", "sum", tasks).returncode == 0


def test_a_task_tried_again_and_again_counts_once_and_that_is_said(tasks):
    """Of two tasks one is accepted: 0.5, however often it is tried."""
    easy = "sum,easy,Llama 3.3 70B,yes,0.5,no,1.0,,0.002\n"
    tasks.write_text(TASKS + easy * 19)
    found = {(s.model, s.difficulty): s for s in standings(read_trials(tasks))}
    llama = found["Llama 3.3 70B", "all"]
    assert (llama.acceptance_rate, llama.tasks, llama.tries) == (0.5, 2, 21)
    assert llama.usd_per_accepted == pytest.approx(0.012)
    done = tco("quality", "sum", tasks)
    assert "21 tries" in done.stderr
    assert "count once" in done.stderr


def test_a_task_accepted_in_half_of_its_tries_is_half_accepted(tasks):
    tasks.write_text(TASKS + "plan,hard,Llama 3.3 70B,yes,2.0,no,0.5,no,0.010\n")
    found = {(s.model, s.difficulty): s for s in standings(read_trials(tasks))}
    assert found["Llama 3.3 70B", "hard"].acceptance_rate == 0.5
    assert found["Llama 3.3 70B", "all"].acceptance_rate == 0.75


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("no,1.0,,0.01\n", "no,1.0,,0,01\n", "10 cells"),
        ("cost_usd\n", "cost_usd,cost_usd\n", "stands twice"),
        ("accepted,latency_s", "accepted,accepted", "stands twice"),
        ("no,1.0,,0.01\n", "no,1.0,,1_000\n", "at least 0"),
        ("no,1.0,,0.01\n", "no,1.0,,١\n", "at least 0"),
        ("no,1.0,,0.01\n", "no,1.0,,0x10\n", "at least 0"),
        ("no,1.0,,0.01\n", "no,1.0,,inf\n", "at least 0"),
        ("no,1.0,,0.01\n", 'no,1.0,,"0,01"\n', "at least 0"),
        ("no,1.0,,0.01\n", "no,1.0\n", "7 cells"),
        ("no,1.0,,0.01\n", f"no,1.0,,{'1' * 200_000}\n", "field larger"),
        ("no,1.0,,0.01\n", 'no,1.0,,"0.01\n', "end of"),
        ("plan,hard,Llama", "plan,easy,Llama", "in one row and"),
    ],
)
def test_a_table_that_a_spreadsheet_bent_is_refused(tasks, old, new, words):
    assert old in TASKS
    tasks.write_text(TASKS.replace(old, new, 1))
    with pytest.raises(InputError, match=words):
        read_trials(tasks)


def test_a_damaged_table_is_refused_or_read_and_never_a_traceback(tasks):
    for content in damaged(TASKS.encode(), 1_500):
        tasks.write_bytes(content)
        try:
            read_trials(tasks)
        except InputError:
            continue
