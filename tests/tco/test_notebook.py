"""The example notebook runs, and shows what it is stored with."""

import json

from tests.tco.notebook import executed, read


def test_the_notebook_shows_what_its_cells_give():
    assert executed(read()) == read()


def test_the_notebook_is_one_of_version_4_with_an_id_for_every_cell():
    held = read()
    assert (held["nbformat"], held["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in held["cells"]]
    assert len(set(ids)) == len(ids)
    code = [cell for cell in held["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert all(cell["outputs"] for cell in code if cell["id"] != "nothing-shown")
    assert not any("/home" in json.dumps(cell) for cell in code)
