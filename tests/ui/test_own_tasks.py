"""Results of a benchmark on the page: both sides task by task, and the verdict they make."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.ui.views.own_tasks import RESULTS_UPLOAD

APP = str(Path(__file__).parents[2] / "app.py")
RESULTS = "task,difficulty,model,accepted,latency_s\n" + "".join(
    f"t{task},easy,{model},{'yes' if task < right else 'no'},1.5\n"
    for model, right in (("openai/gpt-5.4", 10), ("Llama 3.3 70B", 4))
    for task in range(12)
)


@pytest.fixture
def compare():
    page = AppTest.from_file(APP, default_timeout=120).run()
    (target,) = [
        key for key, info in page._registered_pages.items() if info["url_pathname"] == "compare"
    ]
    page._page_hash = target
    page.session_state["own-tasks"] = True
    return page.run()


def uploaded(page, content, name="results.csv"):
    (widget,) = [one for one in page.file_uploader if one.key == RESULTS_UPLOAD]
    widget.upload(name, content.encode()).run()
    assert not page.exception
    return page


def test_both_sides_stand_task_by_task_and_the_rates_can_be_planned_with(compare):
    page = uploaded(compare, RESULTS)
    tables = {tuple(frame.value.columns): frame.value for frame in page.dataframe}
    tasks = tables["Task", "Difficulty", "openai/gpt-5.4", "Llama 3.3 70B"]
    assert len(tasks) == 12
    assert list(tasks.iloc[5]) == ["t5", "easy", "accepted", "not accepted"]
    standings = next(t for head, t in tables.items() if head[0] == "Model")
    assert list(standings["Model"]) == ["openai/gpt-5.4"] * 2 + ["Llama 3.3 70B"] * 2
    said = " ".join(each.value for each in page.markdown)
    assert "fewer answers accepted" in said
    assert "With what was measured" in said
    page.button(key="own-tasks-use").click().run()
    assert not page.exception
    held = page.session_state["last good question"].qualities
    assert {q.model: q.acceptance_rate for q in held} == {
        "gpt-5.4": 10 / 12,
        "Llama 3.3 70B": 4 / 12,
    }


def test_a_file_that_is_no_result_is_explained_and_changes_nothing(compare):
    page = uploaded(compare, "task,model\n1,2\n")
    (told,) = [each.value for each in page.error]
    assert "These results are not read." in told
    assert "is a required column" in told
    assert not any(each.key == "own-tasks-use" for each in page.button)
