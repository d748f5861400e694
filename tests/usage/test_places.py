"""Places between edges: what they tell of lengths is true, and no edge is found too late."""

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tco.own_data.usage import buckets
from tco.own_data.usage.edges import Edges
from tests.usage import written, written_tools
from tests.usage.reading import billed, exactly, put
from tests.usage.truth import AUTUMN, bill, sent

edges = st.lists(st.integers(1, 60), max_size=4, unique=True).map(sorted).map(tuple)


@given(edges, edges, edges, st.integers(0, 70), st.integers(0, 70))
def test_the_place_of_a_request_tells_which_edges_it_lies_beyond(
    inputs, outputs, wholes, read, out
):
    between = Edges(inputs, outputs, wholes)
    (place,) = duckdb.execute(
        f"SELECT {between.place()} FROM (SELECT {read} AS longest, {out} AS longest_output,"
        f" {read + out} AS longest_whole)"
    ).fetchone()
    ends = between.ends(place)
    assert ends.shortest <= read <= ends.longest
    for edge in inputs:
        assert (ends.shortest > edge) == (read > edge)
        assert (ends.longest > edge) == (read > edge)
    for edge in outputs:
        assert (ends.longest_output > edge) == (out > edge)
    for edge in wholes:
        assert (ends.longest_whole > edge) == (read + out > edge)


def test_a_model_that_first_comes_up_late_in_a_file_keeps_the_edge_of_its_price(
    tmp_path, monkeypatch
):
    """The first rows name a model without an edge, those after them one with an edge."""
    monkeypatch.setattr(buckets, "_LOOKED_AT", 5)
    early = sent(3, 40, [("llama-3.3-70b-versatile", "standard")], most=9_000)
    late = [
        *sent(4, 40, written.SHORT_GPT, days=AUTUMN, most=9_000),
        *sent(5, 40, written.SHORT_GPT, days=AUTUMN),
    ]
    assert any(r.input > r.sale.edge for r in late)
    found = billed(put(tmp_path, written_tools.table_of_requests([*early, *late])))
    truth = exactly(bill([*early, *late]))
    assert (found.total.lower_usd, found.total.upper_usd) == (truth, truth)
    assert found.total.bounded_rows == 0
