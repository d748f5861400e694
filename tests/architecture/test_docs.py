"""What the documents show is what the product does."""

import doctest
import json
import re
from pathlib import Path

import pytest

from tco.question.scenario import Scenario

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
