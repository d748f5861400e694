"""Every form the answer can be written in: the command, the page and the papers follow this list.

A form is a module with a writer and an entry here. Writers are loaded when they are needed, so that
the command line answers at once.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from pricing.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from tco.answer.worked import Evaluation
    from tco.question.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Form:
    """One form: what it is for, what its files are called, and what writes it."""

    name: str
    title: str
    about: str
    ending: str
    media_type: str
    writer: str
    """Module and function; it takes scenario and evaluation, and gives text or bytes."""
    reads_back: str = "no"

    def write(self, scenario: "Scenario", evaluation: "Evaluation") -> bytes:
        """Write the answer in this form."""
        module, _, function = self.writer.partition(":")
        writer = cast(
            "Callable[[Scenario, Evaluation], str | bytes]",
            getattr(import_module(module), function),
        )
        content = writer(scenario, evaluation)
        return content.encode() if isinstance(content, str) else content


_ENTRIES: Final = (
    Form(
        "xlsx",
        "Workbook (XLSX)",
        "Inputs, bills and break-even with live formulas: change a price in the file and it "
        "recalculates.",
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "tco.exports.workbook:workbook",
    ),
    Form(
        "html",
        "Report (HTML)",
        "Two pages to sign, then bills, findings and sources as an appendix, without a network.",
        ".html",
        "text/html",
        "tco.exports.report_page:report_html",
    ),
    Form(
        "csv",
        "Result (CSV)",
        "Scenario, lines, totals and break-evens. Opens again on the page.",
        ".csv",
        "text/csv",
        "tco.exports.texts:result_csv",
        reads_back="yes, to the same answer",
    ),
    Form(
        "forecast",
        "Monthly forecast (CSV)",
        "A row per alternative, month and meter, in the names of FOCUS 1.4: aligned, not claiming "
        "conformance.",
        "-forecast.csv",
        "text/csv",
        "tco.exports.forecast:forecast_csv",
    ),
    Form(
        "json",
        "Everything (JSON)",
        "One versioned document for scripts, months and assumptions included.",
        ".json",
        "application/json",
        "tco.exports.texts:result_json",
        reads_back="yes: its `scenario`",
    ),
    Form(
        "toml",
        "Scenario (TOML)",
        "The question alone, to keep, edit or send. Opens again on the page.",
        ".toml",
        "application/toml",
        "tco.exports.texts:question_toml",
        reads_back="yes",
    ),
)
FORMS: Final = {form.name: form for form in _ENTRIES}
PRINTED: Final = ".pdf"
"""Ending of the report as a browser prints it, which no writer of these makes."""


def form_named(name: str) -> Form:
    """Form of this name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in FORMS:
        remedy = did_you_mean(name, list(FORMS))
        raise InputError(Problem("--format", repr(name), f"is one of {', '.join(FORMS)}", remedy))
    return FORMS[name]


def form_of(path: Path) -> Form:
    """Form that a file's ending stands for; CSV where it has none.

    Raises
    ------
    InputError
        If it has one that stands for no form.

    Examples
    --------
    >>> [form_of(Path(name)).name for name in ("plan.xlsx", "a-forecast.csv", "plan")]
    ['xlsx', 'forecast', 'csv']
    """
    fitting = _fitting(path)
    if path.suffix and not fitting:
        endings = ", ".join([*(form.ending for form in _ENTRIES), PRINTED])
        remedy = "Choose one of them, or say which with --format."
        raise InputError(Problem("--to", path.name, f"ends in one of {endings}", remedy))
    return max(fitting, key=lambda form: len(form.ending), default=FORMS["csv"])


def require_ending(path: Path, form: Form) -> None:
    """Refuse an ending that says another form than the one that is asked for.

    Raises
    ------
    InputError
        With the ending that fits; one that stands for no form is taken as it is.
    """
    kinds = {each.media_type for each in _fitting(path)}
    if path.suffix.lower() == PRINTED or (kinds and form.media_type not in kinds):
        limit = f"ends as another form does than {form.name}"
        remedy = f"End it in {form.ending}, or leave --format out."
        raise InputError(Problem("--to", path.name, limit, remedy))


def _fitting(path: Path) -> list[Form]:
    return [form for form in _ENTRIES if path.name.lower().endswith(form.ending)]


def form_table() -> str:
    """Write the forms as the documents carry them."""
    head = "| form | for | reads back |\n|---|---|---|\n"
    return head + "".join(f"| `{f.name}` | {f.about} | {f.reads_back} |\n" for f in _ENTRIES)
