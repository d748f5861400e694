"""The page Quality: results of both sides task by task, and the verdict they make."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.ui.views.quality import RESULTS_UPLOAD
from tests.quality.conftest import both_sides, ran
from tests.quality.promptfoo_file import promptfoo_file
from tests.quality.sixty_tasks import write_tasks

APP = str(Path(__file__).parents[2] / "app.py")
GPT, LLAMA = "openai/gpt-5.4", "Llama 3.3 70B"
RESULTS = "task,difficulty,model,accepted,latency_s\n" + "".join(
    f"t{task},easy,{model},{'yes' if task < right else 'no'},1.5\n"
    for model, right in ((GPT, 10), (LLAMA, 4))
    for task in range(12)
)


@pytest.fixture
def quality():
    page = AppTest.from_file(APP, default_timeout=120).run()
    (target,) = [
        key for key, info in page._registered_pages.items() if info["url_pathname"] == "quality"
    ]
    page._page_hash = target
    return page.run()


def uploaded(page, *files):
    (widget,) = [one for one in page.file_uploader if one.key == RESULTS_UPLOAD]
    widget.set_value([(name, content, "") for name, content in files]).run()
    assert not page.exception
    return page


def tables(page):
    return {tuple(frame.value.columns): frame.value for frame in page.dataframe}


def test_both_sides_stand_task_by_task_and_the_rates_can_be_planned_with(quality):
    page = uploaded(quality, ("results.csv", RESULTS.encode()))
    found = tables(page)
    tasks = found["Task", "Difficulty", GPT, LLAMA]
    assert len(tasks) == 12
    assert list(tasks.iloc[5]) == ["t5", "easy", "accepted", "not accepted"]
    standings = next(table for head, table in found.items() if head[0] == "Model")
    assert list(standings["Model"]) == [GPT] * 2 + [LLAMA] * 2
    said = " ".join(each.value for each in page.markdown)
    assert "fewer answers accepted" in said
    assert "With what was measured" in said
    page.button(key="quality-use").click().run()
    assert not page.exception
    held = page.session_state["last good question"].qualities
    assert {q.model: q.acceptance_rate for q in held} == {"gpt-5.4": 10 / 12, LLAMA: 4 / 12}


def test_the_logs_of_a_run_are_read_together_as_they_lie_in_its_folder(quality, tmp_path):
    tasks = write_tasks(tmp_path / "tasks.jsonl", range(6))
    with both_sides() as sides:
        run = ran("run", tasks, *sides.options, "--out", tmp_path / "run", home=tmp_path)
    assert run.returncode == 0, run.stderr
    logs = sorted((tmp_path / "run" / "logs").glob("*.eval"))
    page = uploaded(quality, *((log.name, log.read_bytes()) for log in logs))
    (table,) = [table for head, table in tables(page).items() if head[0] == "Task"]
    assert len(table) == 6
    assert set(table[GPT]) == set(table[LLAMA]) == {"accepted", "not accepted"}


def test_results_of_promptfoo_are_read(quality):
    page = uploaded(quality, ("out.json", json.dumps(promptfoo_file()).encode()))
    (table,) = [table for head, table in tables(page).items() if head[0] == "Task"]
    assert {GPT, LLAMA} <= set(table.columns)


@pytest.mark.parametrize(
    ("name", "content", "limit"),
    [
        ("results.csv", b"task,model\n1,2\n", "is a required column"),
        ("run.eval", b"PK no archive", "is no log of Inspect"),
        ("out.json", b"{}", "is no result file of promptfoo"),
    ],
)
def test_a_file_that_is_no_result_is_explained_and_changes_nothing(quality, name, content, limit):
    page = uploaded(quality, (name, content))
    (told,) = [each.value for each in page.error]
    assert "These results are not read." in told
    assert limit in told
    assert not any(each.key == "quality-use" for each in page.button)
