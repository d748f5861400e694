"""Writes docs/worked-answers.md: three companies, their verdicts, and what would flip them.

Run ``python -m tests.tco.worked_answers`` to write the page anew; a test holds it to the product.
"""

from pathlib import Path

from tco.analysis.assumed import answers_assuming, what_turns
from tco.analysis.decision import Question
from tco.analysis.sensitivity import tornado
from tco.answer.evaluation import evaluate
from tco.facts.data import Data
from tco.question.files import load_scenario
from tco.question.presets import preset_paths
from tco.words.figures import count, share
from tco.words.money import expected_loss, usd

PAGE = Path(__file__).parents[2] / "docs" / "worked-answers.md"
COMPANIES = ("copilot", "extraction", "regulated")
MOST_FLIPS = 6

HEAD = """# Three companies, three answers

Each is a scenario that ships (`scenarios/*.toml`) with the prices and machines of this version.
Written by `python -m tests.tco.worked_answers`, compared by a test.
"""


def page() -> str:
    """Text of the whole page."""
    paths = {path.stem: path for path in preset_paths()}
    return HEAD + "".join(_company(load_scenario(paths[stem]), stem) for stem in COMPANIES)


def _company(scenario, stem) -> str:
    evaluation = evaluate(scenario)
    said = evaluation.verdict
    question = Question(scenario, Data.shipped())
    worth = {row.alternative: row.compared_usd for row in evaluation.appraisals}
    priced = [a for a in evaluation.alternatives if a.key in worth]
    lines = [
        f"\n## {scenario.name}\n",
        f"{scenario.note} `scenarios/{stem}.toml`\n",
        f"**{said.headline}** {said.sentence}\n",
        f"{said.own}\n",
        f"{said.also}\n",
        "| alternative | present value | USD/month | P10–P90 | busy | cheaper than staying "
        "| expected loss | regret |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {a.label}{_out(a)} | {usd(worth[a.key])} | {usd(a.monthly_usd)} | "
            f"{_band(evaluation, a)} | {_busy(a)} | {_odds(evaluation, a)} |"
            f" {_regret(evaluation, a)} |"
            for a in sorted(priced, key=lambda a: worth[a.key])
        ),
        *(
            f"| {a.label} | refused: {a.refused.message} | | | | | | |"
            for a in evaluation.alternatives
            if a.refused
        ),
        "\nThe choice:\n",
        *_choice(evaluation),
        f"- under other assumptions: {what_turns(answers_assuming(question))}",
        "\nWhat would turn the choice against staying over the horizon, one input at a time:\n",
        *_flips(question, "choice"),
        "\nWhat would turn staying against own GPUs over the horizon, one input at a time:\n",
        *_flips(question, "own"),
        "",
    ]
    return "\n".join(lines)


def _out(alternative) -> str:
    return "".join(f" (may not be chosen: {bar.kind})" for bar in alternative.why_not)


def _band(evaluation, alternative) -> str:
    band = evaluation.uncertainty.bill_of(alternative.key).first_month
    high = usd(band.p90) if band.p90 < float("inf") else "not served"
    return f"{usd(band.p10)} to {high}"


def _busy(alternative) -> str:
    return share(alternative.serving.utilisation) if alternative.serving else ""


def _odds(evaluation, alternative) -> str:
    odds = evaluation.uncertainty.odds_of(alternative.key)
    if odds is None:
        return " |"
    loss = expected_loss(odds.expected_loss_usd, odds.unserved)
    return f"{share(odds.cheaper_over_horizon)} | {loss}"


def _regret(evaluation, alternative) -> str:
    regret = dict(evaluation.uncertainty.regret).get(alternative.key)
    odds = evaluation.uncertainty.odds_of(alternative.key)
    unserved = 0.0 if odds is None else odds.unserved
    return "" if regret is None else expected_loss(regret, unserved)


def _choice(evaluation) -> list[str]:
    """Its odds against staying and against the runner-up, and what waiting is worth."""
    said = evaluation.verdict
    odds, runner_up = evaluation.uncertainty.odds_of(said.chosen), said.runner_up
    lines = []
    if odds is not None:
        loss = expected_loss(odds.expected_loss_usd, odds.unserved)
        lines.append(
            f"- against staying: it costs less in {share(odds.cheaper_over_horizon)} of "
            f"the draws; expected loss {loss}."
        )
    if runner_up is not None:
        label = evaluation.alternative(runner_up.alternative).label
        lines.append(
            f"- against the runner-up, {label}: it costs less in {share(runner_up.cheaper)} of "
            f"the draws; expected loss {usd(runner_up.expected_loss_usd)}."
        )
    if said.waiting:
        waits = (
            f"{wait.months} months {usd(wait.costs_usd)} (learnt by then {usd(wait.learnt_usd)})"
            for wait in said.waiting
        )
        lines.append(f"- waiting costs: {', '.join(waits)}.")
    return lines


def _flips(question, of) -> list[str]:
    found = tornado(question, of=of)
    swings = [swing for swing in found.swings if swing.flip is not None]
    if not swings:
        other = "own GPUs cost" if of == "own" else "the best other alternative costs"
        side = other if found.given.moves else "staying costs"
        tried = len(found.swings)
        return [f"- none of {tried} inputs: over the whole range of each, {side} less."]
    return [
        f"- {swing.factor.label} at {_figure(swing.flip.value)} {swing.factor.unit} "
        f"(given {_figure(swing.factor.value)}); above it {swing.flip.cheaper_above} costs less."
        for swing in swings[:MOST_FLIPS]
    ]


def _figure(value) -> str:
    return count(value) if value >= 1_000 else f"{value:.3g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
