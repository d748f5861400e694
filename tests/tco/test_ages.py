"""Rents, purchases and records grow old as token prices do, and the answer says so."""

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pricing.catalogue import Catalogue
from tco.answer.evaluation import evaluate
from tco.answer.old_figures import catalogue_age, old_figures, told_ages
from tco.exports.forms import FORMS
from tco.question.files import changed
from tests.tco.command import tco

APP = str(Path(__file__).parents[2] / "app.py")
DAY = date(2026, 11, 24)


def with_dates(data, rent, server, record):
    """The data of a scenario with its machines and its record dated otherwise."""

    def dated(facts, day):
        return {
            key: fact.model_copy(update={"source": fact.source.model_copy(update={"as_of": day})})
            for key, fact in facts.items()
        }

    library = data.library
    records = {
        key: one.model_copy(update={"measured_on": record})
        for key, one in library.calibrations.items()
    }
    return replace(
        data,
        library=replace(
            library,
            rentals=dated(library.rentals, rent),
            purchases=dated(library.purchases, server),
            calibrations=records,
        ),
    )


def codes(evaluation, name):
    return {finding.code for finding in evaluation.alternative(f"self-hosted/{name}").findings}


@settings(max_examples=settings.default.max_examples // 4)
@given(st.integers(0, 1_500), st.integers(0, 1_500), st.integers(0, 1_500))
def test_a_figure_is_stale_after_90_days_and_a_price_no_answer_after_730(
    plain_scenario, plain_data, rent, server, record
):
    days = {"rented": rent, "owned": server}
    when = [str(DAY - timedelta(days=age)) for age in (rent, server, record)]
    evaluation = evaluate(
        changed(plain_scenario, {"prices_on": str(DAY)}), with_dates(plain_data, *when)
    )
    for name, age in days.items():
        found = evaluation.alternative(f"self-hosted/{name}")
        assert (found.refused is not None) == (age > 730)
        assert ("stale" in codes(evaluation, name)) == (90 < age <= 730 or record > 90)
    prices = [
        api.card.source.as_of
        for api in (evaluation.asked.resolved.baseline, *evaluation.asked.resolved.apis)
    ]
    assert evaluation.stamp.oldest == min([*when, *prices])
    spoken = old_figures(evaluation)
    for age, word in ((rent, "rent of"), (server, "purchase price of")):
        assert (f"The {word}" in spoken) == (90 < age <= 730)
    assert ("The record" in spoken) == (record > 90 and min(rent, server) <= 730)


@pytest.mark.parametrize(
    ("text", "stale", "undated"),
    [
        ("2026-11", False, False),
        ("2026-08-25..2026-10-01", True, False),
        ("prices of 2026-08-01", True, False),
        ("2025", True, False),
        ("undated", False, True),
        ("", False, True),
        ("2026-13", False, True),
        ("2026-00-01", False, True),
        ("2026-02-31", False, True),
        ("0000", False, True),
    ],
)
def test_a_date_is_read_as_its_first_day_and_none_is_said(
    plain_scenario, plain_data, text, stale, undated
):
    dates = with_dates(plain_data, "2026-11-20", "2026-11-20", text)
    found = codes(evaluate(changed(plain_scenario, {"prices_on": str(DAY)}), dates), "rented")
    assert ("stale" in found, "undated" in found) == (stale, undated)


def test_your_own_rent_has_no_age(plain_scenario, plain_data):
    old = with_dates(plain_data, "2020-01-01", "2026-11-20", "2026-11-20")
    own = changed(plain_scenario, {"self_hosted.0.usd_per_gpu_hour": 2.0})
    assert evaluate(own, old).alternative("self-hosted/rented").refused is None
    assert not codes(evaluate(own, old), "rented") & {"stale", "expired"}


@given(st.integers(-400, 400))
def test_today_is_held_against_the_catalogue(plain_evaluation, days):
    made = plain_evaluation.asked.data.catalogue.generated_on
    said = catalogue_age(plain_evaluation, made + timedelta(days=days))
    assert bool(said) == (abs(days) > 30)
    if said:
        assert f"{abs(days)}\xa0days" in said or f"{abs(days)} days" in said
        assert str(made) in said


@pytest.fixture(scope="module")
def plain_evaluation():
    from tco.question.presets import presets

    return evaluate(next(iter(presets().values())))


def test_the_command_line_says_it_under_the_verdict(plain_evaluation):
    shown = " ".join(tco("evaluate").stdout.split())
    sentence = " ".join(old_figures(plain_evaluation).split())
    assert sentence
    assert sentence in shown
    assert shown.index(sentence) < shown.index("cheapest first")


CATALOGUE_DAY = Catalogue.load().generated_on
FACES = ("html", "csv", "forecast", "xlsx")


@pytest.fixture
def later(monkeypatch):
    """Let the machine's clock stand so many days after the catalogue was made."""

    def at(days):
        class Clock(date):
            @classmethod
            def today(cls):
                return CATALOGUE_DAY + timedelta(days=days)

        monkeypatch.setattr("tco.answer.old_figures.date", Clock)

    return at


def test_the_page_says_it_beside_its_verdict(later):
    later(400)
    page = AppTest.from_file(APP, default_timeout=60).run()
    assert not page.exception
    said = "\n".join(element.value for element in page.markdown)
    assert "400 days after the price catalogue was made" in said.replace("\xa0", " ")
    assert "tco prices refresh" in said


def read_of(face, content):
    if face != "xlsx":
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize("face", FACES)
def test_a_catalogue_of_400_days_is_loud_on_every_file_that_leaves(plain_scenario, later, face):
    """On its own day nothing is said; 400 days later each file says it where it starts."""
    fresh = changed(plain_scenario, {"self_hosted": []})
    said = "the price catalogue" if face == "forecast" else "400 days after the price catalogue"
    for days, loud in ((0, False), (400, True)):
        later(days)
        written = read_of(face, FORMS[face].write(fresh, evaluate(fresh, draws=20)))
        assert (said in written) == loud, days
        assert ("old: the oldest figure" in written) == (loud and face == "forecast")


def test_the_command_line_says_it_too(plain_evaluation, later):
    later(400)
    (*_, sentence) = told_ages(plain_evaluation)
    assert "400 days after the price catalogue was made" in sentence
    assert " ".join(sentence.split()) in " ".join(tco("evaluate").stdout.split())


@pytest.mark.parametrize("face", FACES)
def test_prices_asked_for_401_days_later_are_loud_on_every_file(plain_scenario, face):
    day = CATALOGUE_DAY + timedelta(days=401)
    asked = changed(plain_scenario, {"prices_on": str(day), "self_hosted": []})
    written = read_of(face, FORMS[face].write(asked, evaluate(asked, draws=20)))
    assert ("old: the oldest figure" if face == "forecast" else "was last seen") in written
