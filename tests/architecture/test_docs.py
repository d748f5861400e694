"""What the documents show is what the product does."""

import doctest
import json
import re
from pathlib import Path

import pytest

from tco.answer.evaluation import evaluate
from tco.question.files import scenario_from_text
from tco.question.scenario import Scenario
from tests.architecture.scenario_keys import BEGIN, END, PAGE, drawn, undescribed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def in_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("in_the_root")
def test_the_readme_example_prints_what_it_says():
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    example = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
    tried = doctest.DocTestRunner().run(example)
    assert tried.attempted == 4
    assert tried.failed == 0


def test_the_readme_fits_on_two_screens():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 80


def test_every_file_the_documents_link_to_exists():
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        for part in page.read_text().split("](")[1:]:
            target = part.split(")")[0].split("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_published_schema_is_the_one_the_product_checks():
    published = json.loads((ROOT / "docs" / "scenario.schema.json").read_text())
    assert published == Scenario.model_json_schema()


def test_every_key_of_a_scenario_is_described():
    assert undescribed(Scenario.model_json_schema()) == []


def test_a_key_without_a_description_is_noticed():
    schema = Scenario.model_json_schema()
    del schema["$defs"]["Spill"]["properties"]["name"]["description"]
    assert undescribed(schema) == ["Spill.name"]


def test_the_reference_of_scenario_files_is_drawn_from_the_schema():
    page = PAGE.read_text(encoding="utf-8")
    assert page[page.index(BEGIN) : page.index(END) + len(END)] == drawn()


def test_the_scenario_of_the_reference_has_an_answer():
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL).group(1)
    assert evaluate(scenario_from_text(example, "example.toml")).verdict.headline


def recipes(page=(ROOT / "CONTRIBUTING.md")):
    """Steps of each recipe, by its title."""
    part = page.read_text(encoding="utf-8").split("\n## Recipes\n")[1].split("\n## ")[0]
    sections = [section.split("\n", 1) for section in part.split("\n### ")[1:]]
    return {title: re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:] for title, text in sections}


def test_there_is_a_recipe_for_each_common_gift():
    assert set(recipes()) >= {
        "A cost line",
        "A hybrid kind",
        "A token class",
        "An export form",
        "A chart",
        "An assumption",
        "A model",
    }


@pytest.mark.parametrize("title", recipes())
def test_a_recipe_has_at_most_five_steps_and_what_it_names_exists(title):
    steps = recipes()[title]
    assert 1 <= len(steps) <= 5
    named = [word for step in steps for word in re.findall(r"`([\w.-]+/[\w./-]*)`", step)]
    assert named
    for path in named:
        assert (ROOT / path).exists(), path
    for step in steps:
        for symbol, file in re.findall(r"`(\w+)` (?:and to `\w+` )?in `([\w./]+\.py)`", step):
            assert re.search(rf"\b{symbol}\b", (ROOT / file).read_text(encoding="utf-8")), symbol
