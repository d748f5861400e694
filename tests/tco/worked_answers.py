"""Writes docs/worked-answers.md: three companies, their verdicts, and what would flip them.

Run ``python -m tests.tco.worked_answers`` to write the page anew; a test holds it to the product.
"""

from pathlib import Path

from tco.analysis.decision import Question
from tco.analysis.sensitivity import tornado
from tco.analysis.uncertainty import uncertainty
from tco.answer.evaluation import evaluate
from tco.facts.data import Data
from tco.question.files import load_scenario
from tco.question.presets import preset_paths
from tco.words.figures import count, share
from tco.words.money import usd

PAGE = Path(__file__).parents[2] / "docs" / "worked-answers.md"
COMPANIES = ("copilot", "extraction", "regulated")
DRAWS = 4_000
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
    lines = [
        f"\n## {scenario.name}\n",
        f"{scenario.note} `scenarios/{stem}.toml`\n",
        f"**{said.headline}** {said.sentence} {said.also}\n",
        _odds(question, said.best),
        "| alternative | USD/month | busy |",
        "|---|--:|--:|",
        *(
            f"| {a.label} | {usd(a.monthly_usd)} | {_busy(a)} |"
            for a in sorted(evaluation.alternatives, key=lambda a: a.monthly_usd or 1e18)
            if a.monthly_usd is not None
        ),
        *(
            f"| {a.label} | refused: {a.refused.message} | |"
            for a in evaluation.alternatives
            if a.refused
        ),
        "\nWhat would flip staying against self-hosting, one input at a time:\n",
        *_flips(question),
        "",
    ]
    return "\n".join(lines)


def _busy(alternative) -> str:
    return share(alternative.serving.utilisation) if alternative.serving else ""


def _odds(question, best) -> str:
    drawn = uncertainty(question, draws=DRAWS)
    odds = next(o for o in drawn.odds if o.alternative == best)
    return (
        f"In {share(odds.cheaper_first_month)} of {DRAWS:,} draws that option costs less "
        f"than staying in the first month, in {share(odds.cheaper_over_horizon)} over the "
        "horizon.\n"
    )


def _flips(question) -> list[str]:
    swings = [swing for swing in tornado(question).swings if swing.flip is not None]
    if not swings:
        return ["- none within its range: the answer stands."]
    return [
        f"- {swing.factor.label} at {_figure(swing.flip.value)} {swing.factor.unit} "
        f"(given {_figure(swing.factor.value)}); above it {swing.flip.direction} is cheaper."
        for swing in swings[:MOST_FLIPS]
    ]


def _figure(value) -> str:
    return count(value) if value >= 1_000 else f"{value:.3g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
