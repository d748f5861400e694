"""The answer as one HTML file to print or to send: it loads nothing and runs nothing."""

from typing import Final

from tco.answer.worked import Evaluation
from tco.exports.markup import Markup, element, in_sequence
from tco.exports.report_charts import bill_drawing, saving_drawing
from tco.exports.report_front import board_evidence, board_summary
from tco.exports.report_tables import (
    assumption_section,
    bill_section,
    break_even_section,
    findings_section,
    fiscal_section,
    horizon_section,
)
from tco.question.scenario import Scenario
from tco.words.figures import milliseconds, plural

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_LOOK: Final = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #18212f; background: #fff; margin: 2rem auto;
  max-width: 1100px; padding: 0 1rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; break-after: avoid; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; break-after: avoid; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: .8rem; }
dl > div { border: 1px solid #d5dbe4; border-radius: .4rem; padding: .5rem .8rem; }
dt { font-size: .82rem; color: #475569; } dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .84rem; }
thead { display: table-header-group; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem;
  border-bottom: 1px solid #dfe4ec; overflow-wrap: anywhere; }
tbody th { font-weight: 400; } thead th { color: #475569; }
.figure { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.total > * { font-weight: 600; border-top: 2px solid #18212f; }
figure { margin: 0; break-inside: avoid; } figure > svg { width: 100%; height: auto; }
figcaption { color: #475569; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem;
  font-size: .84rem; }
tr, li { break-inside: avoid; } small, .stamp { color: #475569; }
.sign { display: flex; gap: 1.2rem; margin: 2rem 0 0; }
.sign > span { flex: 1; border-top: 1px solid #18212f; padding-top: .2rem; font-size: .84rem; }
@media print {
  body { margin: 0; max-width: none; font-size: 10.5pt; padding: 0; } a { color: inherit; }
  .sheet { break-after: page; font-size: 9pt; line-height: 1.35; }
  .sheet h1 { font-size: 17pt; } .sheet h2 { font-size: 11pt; margin: .8rem 0 .2rem; }
  .sheet p { margin: .35rem 0; } .sheet table { font-size: 7.5pt; }
  .sheet th, .sheet td { padding: .1rem .35rem; } .sheet th { overflow-wrap: normal; }
  .sheet dl { grid-template-columns: repeat(3, 1fr); gap: .4rem; margin: .5rem 0; }
  .sheet dl > div { padding: .25rem .5rem; } .sheet dd { font-size: 12pt; }
  .sheet .legend { font-size: 7.5pt; margin: .2rem 0; gap: 0 1rem; }
}
@page { size: A4; margin: 14mm; }
"""


def report_html(scenario: Scenario, evaluation: Evaluation) -> str:
    """Two pages to sign, then the appendix with all the evidence, as one HTML file."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{scenario.name}: GPT or Llama"),
        Markup(f"<style>{_LOOK}</style>"),
    )
    body = element(
        "body",
        element(
            "main",
            board_summary(scenario, evaluation),
            board_evidence(evaluation),
            element("section", *_evidence(scenario, evaluation), _stamp(evaluation), id="appendix"),
        ),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en').text}\n"


def _evidence(scenario: Scenario, evaluation: Evaluation) -> list[Markup]:
    priced = [a for a in evaluation.alternatives if a.refused is None]
    bills = [
        part for a in priced for part in (element("h3", a.label), bill_section(a, evaluation.money))
    ]
    return [
        element("h2", "Appendix: where each option breaks even"),
        break_even_section(evaluation),
        element("h2", "A month of each alternative"),
        bill_drawing(evaluation),
        element("h2", "Over the months"),
        in_sequence(saving_drawing(evaluation)),
        horizon_section(evaluation, scenario.currency),
        element("h2", "By fiscal year"),
        fiscal_section(evaluation),
        element("h2", "Findings"),
        findings_section(evaluation),
        element("h2", "Bills, line by line"),
        *bills,
        element("h2", "Assumptions"),
        assumption_section(evaluation),
    ]


def _stamp(evaluation: Evaluation) -> Markup:
    stamp = evaluation.stamp
    lines = (
        f"Planner {stamp.model_version}; prices {stamp.catalogue_version} as of "
        f"{stamp.prices_on}, the oldest figure of {stamp.oldest} ({stamp.oldest_of}); "
        "catalogue SHA-256 "
        f"{stamp.catalogue_sha256}.",
        f"Objective: {milliseconds(stamp.mean_ttft_ms)} to the first token, "
        f"{milliseconds(stamp.mean_tpot_ms)} for each after it, on average; "
        f"{plural(stamp.hours_per_month, 'hour')} a month.",
        f"Calibrations: {', '.join(stamp.calibrations) or 'none'}.",
        *evaluation.conventions,
    )
    return element("footer", *(element("p", line) for line in lines), class_="stamp")
