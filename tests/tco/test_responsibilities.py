from tco.answer.documents import document
from tco.answer.evaluation import evaluate
from tco.words.duties import duties

ORDER = {"provider": 0, "shared": 1, "you": 2}


def test_the_more_you_run_the_more_you_carry():
    for duty in duties():
        carried = [ORDER[duty.carrier(kind)] for kind in ("api", "hosted", "rented", "owned")]
        assert carried == sorted(carried), duty.name


def test_every_alternative_of_an_answer_says_who_carries_every_duty(default):
    evaluation = evaluate(default)
    rows = document(default, evaluation)["responsibilities"]
    assert [row["duty"] for row in rows] == [duty.name for duty in duties()]
    for row in rows:
        assert {a.key for a in evaluation.alternatives} <= row.keys()
