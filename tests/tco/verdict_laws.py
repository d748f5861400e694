"""What every verdict must hold, checked against the document it stands in."""

import json
import math
import re

import numpy as np

from tco.answer.documents import document
from tco.results.answer import Band
from tco.words.figures import MINUS, count, fixed, number, share, whole
from tco.words.money import usd

MOVES = frozenset({"api", "hosted", "self-host", "hybrid"})
CLAIMS = re.compile(r"\bnever\b|not within|do not get there|at no load", re.IGNORECASE)
FIGURE = re.compile(r"\d+(?:,\d+)*(?:\.\d+)?")
TEXTS = ("headline", "sentence", "own", "also")


def least_present_value(evaluation):
    """Key and cost of the cheapest that may be chosen, flow by flow and without our sums."""
    finance = evaluation.asked.scenario.finance
    staying = evaluation.alternatives[0]
    costs = {}
    for alternative in evaluation.alternatives:
        if alternative is not staying and alternative.why_not:
            continue
        flows = np.atleast_2d(evaluation.worked[alternative.key].costs.taxed)[0]
        rate = 1 + finance.discount_rate
        cost = sum(flow / rate ** (month / 12) for month, flow in enumerate(flows.tolist()))
        shares = staying.accepted_share, alternative.accepted_share
        costs[alternative.key] = cost if None in shares else cost * shares[0] / shares[1]
    return min(costs, key=costs.__getitem__), costs


def hold_the_choice(evaluation):
    """The least present value of all that may be chosen, and as sure as its action says."""
    said = evaluation.verdict
    least, costs = least_present_value(evaluation)
    assert costs[said.chosen] <= costs[least] * (1 + 1e-9)
    staying = evaluation.alternatives[0].key
    if said.action in MOVES:
        assert said.chosen != staying
        assert said.worth_usd > 0
        assert said.worth.p10 > 0
        assert said.probability_cheaper_than_staying >= 0.8
    if said.action != "too-close":
        shares = dict(evaluation.uncertainty.cheapest)
        assert said.probability_best == max(shares.values(), default=said.probability_best)
        if said.action != "unanswered":
            named = evaluation.alternative(said.rival).label
            assert (said.probability_best < 0.8) == (
                f"Whether {named} costs less is too close to call." in said.headline
            )
    if said.action == "stay":
        assert said.chosen == staying
    if said.worth_of is not None:
        assert abs(said.worth_usd - (costs[staying] - costs[said.worth_of])) <= 1e-6 * max(
            abs(cost) for cost in costs.values()
        )
    own = [a.key for a in evaluation.alternatives if a.kind in {"rented", "owned"} and a.eligible]
    assert (said.best_own is None) == (not own)
    if own:
        assert costs[said.best_own] <= min(costs[key] for key in own) * (1 + 1e-9)


def hold_the_thresholds(evaluation):
    """Above its threshold a fleet has the lower bill and nowhere else, and what is worth pays."""
    stay = evaluation.alternatives[0].monthly_usd
    for answer in evaluation.break_evens:
        bill, at = evaluation.alternative(answer.alternative).monthly_usd, answer.utilisation
        if abs(bill - stay) > 1e-9 * stay:
            pays = at.value is not None and at.own > at.value
            assert pays == (bill < stay), (answer.alternative, bill, stay, at)
        assert (answer.month.discounted_payback is not None) == (answer.month.npv_usd > 0)
        last = answer.month.monthly_saving_usd[-1]
        assert (answer.month.bill_from is not None) == (last > 0)


def hold_the_bands(evaluation):
    """What is printed lies inside the band that is printed beside it."""
    drawn = evaluation.uncertainty
    for alternative in evaluation.alternatives:
        bill, odds = drawn.bill_of(alternative.key), drawn.odds_of(alternative.key)
        if bill is not None:
            assert _inside(bill.first_month, alternative.monthly_usd), alternative.key
        if odds is not None:
            assert _inside(odds.worth, evaluation.appraisal(alternative.key).npv_usd), odds
        if alternative.serving is not None:
            serving = alternative.serving
            band = Band(serving.capacity_p10_rps, 0.0, serving.capacity_p90_rps)
            assert _inside(band, serving.capacity_per_replica_rps), alternative.key
    for answer in (*evaluation.break_evens, *evaluation.hybrid_break_evens):
        u = answer.utilisation
        if u.value is not None and u.p10 is not None:
            assert _inside(u, u.value), answer.alternative
    said = evaluation.verdict
    assert said.worth is None or _inside(said.worth, said.worth_usd)


def _inside(band, value):
    slack = 1e-9 * abs(value)
    return band.p10 - slack <= value <= band.p90 + slack


def hold_the_words(evaluation):
    """No sentence says never, or a figure that does not stand in the document.

    It stands there as a field of the decision, of the question, or of an alternative that the
    sentences name.
    """
    said = evaluation.verdict
    plain = json.loads(json.dumps(document(evaluation.asked.scenario, evaluation)))
    told = [str(plain["verdict"].pop(name)) for name in TEXTS]
    strings, numbers = set(), set()
    _leaves(_named(plain), strings, numbers)
    written = {figure for text in strings for figure in FIGURE.findall(text)}
    currency = evaluation.asked.scenario.currency
    for value in numbers:
        for amount in (value, 1_000 * value):
            for shown in (usd(amount), usd(amount * currency.per_usd), share(amount)):
                written |= set(FIGURE.findall(shown))
        forms = (
            count(value) if abs(value) < 1e14 else "",
            whole(value),
            number(value),
            number(value, 10),
        )
        written |= {figure for form in forms for figure in FIGURE.findall(form)}
        written |= {fixed(abs(value) * 100, decimals) for decimals in range(7)}
    for text in told:
        assert not CLAIMS.search(text), text
        missing = [f for f in FIGURE.findall(text.replace(MINUS, "")) if f not in written]
        assert not missing, (missing, text)
    assert all((said.headline, said.sentence, said.own, said.also))
    today, label = evaluation.alternatives[0], {a.key: a.label for a in evaluation.alternatives}
    assert label[said.chosen] in said.headline
    assert said.action != "too-close" or label[said.rival] in said.headline
    assert label[said.worth_of or today.key] in said.sentence
    assert said.best_own is None or f"({label[said.best_own]})" in said.own
    assert f" {today.label} and {today.label} is " not in said.also
    assert f"If {today.model} is good enough" not in said.headline
    hold_what_is_not_served(evaluation)


def hold_what_is_not_served(evaluation):
    """A move that some draws do not serve says in how many, and one that all serve says nothing."""
    said, drawn = evaluation.verdict, evaluation.uncertainty
    for key, text in (
        (said.worth_of, f"{said.headline} {said.sentence}"),
        (said.best_own, said.own),
    ):
        odds = None if key is None else drawn.odds_of(key)
        told = re.search(r"In ([\d.]+\s%) of [\d,]+ draws? (?:(?!In ).)* serve the load\.", text)
        often = 0.0 if odds is None else odds.unserved
        assert (None if told is None else told[1]) == (share(often) if often else None), text
    odds = None if said.worth_of is None else drawn.odds_of(said.worth_of)
    close = said.action == "too-close" and odds.worth.p10 == -math.inf
    assert ("serve the load" in said.headline) == close


def _named(plain):
    """Fields of the document that the sentences may take their figures from."""
    verdict, scenario, drawn = (plain[part] for part in ("verdict", "scenario", "uncertainty"))
    staying = plain["alternatives"][0]["key"]
    told = {staying, *(verdict[name] for name in ("chosen", "rival", "best_own"))}

    def of_those(rows, key, *without):
        kept = [row for row in rows if row[key] in told]
        return [{name: row[name] for name in row if name not in without} for row in kept]

    return [
        verdict,
        [drawn["draws"], drawn["cheapest"], of_those(drawn["odds"], "alternative")],
        scenario["workload"]["requests_per_month"],
        scenario["finance"]["horizon_months"],
        [row["label"] for row in plain["alternatives"]],
        [row["why_not"] for row in plain["alternatives"]],
        of_those(plain["alternatives"], "key", "lines", "one_off", "findings", "capital"),
        [
            [
                row["utilisation"],
                row["volume"]["cheaper_for_good_from"],
                row["month"]["discounted_payback"],
            ]
            for row in of_those(plain["break_even"], "alternative")
        ],
        of_those(plain["appraisals"], "alternative", "capital"),
    ]


def _leaves(value, strings, numbers):
    if isinstance(value, dict):
        strings |= set(value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _leaves(item, strings, numbers)
    elif isinstance(value, str):
        strings.add(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        numbers.add(value)
