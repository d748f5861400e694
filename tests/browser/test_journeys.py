"""The ten journeys of a lead; two of them, bad input and a phone, are in ``test_decide.py``."""

import json
import re
import zipfile
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from calibrate.result.assemble import assemble
from calibrate.result.own_record import own_record
from hardware_profiles.library import Library
from hardware_profiles.record_digest import with_digest
from tco.answer.evaluation import evaluate
from tco.question.files import changed, scenario_from_text
from tco.question.presets import presets
from tco.words.money import usd_short
from tests.browser.steps import (
    SECONDS,
    as_shown,
    bill,
    choose,
    enter,
    go,
    headline,
    saved,
    settled,
    text_of,
    tile,
)
from tests.calibrate.simulated_runs import READINGS, simulated_run
from tests.calibrate.test_known_truth import spread_plan

pytestmark = pytest.mark.browser

PRESETS = presets()
DEFAULT = next(iter(PRESETS.values()))
REQUESTS = "workload.requests_per_month"


def test_a_preset_brings_its_verdict(visit):
    page = visit()
    choose(page, "Start from", "Questions over long documents")
    verdict = evaluate(PRESETS["Questions over long documents"]).verdict
    expect(headline(page)).to_have_text(as_shown(verdict.headline), timeout=SECONDS)


def test_another_price_moves_the_verdict(visit):
    page = visit()
    before = tile(page, "Own GPUs, a month").inner_text()
    enter(page, "USD per GPU-hour", 0.5)
    mine = evaluate(changed(DEFAULT, {"self_hosted.0.usd_per_gpu_hour": 0.5}))
    best = mine.alternative(mine.verdict.best_own)
    expect(tile(page, "Own GPUs, a month")).to_contain_text(
        usd_short(best.monthly_usd), timeout=SECONDS
    )
    assert tile(page, "Own GPUs, a month").inner_text() != before
    assert " ".join(mine.verdict.sentence.split()) in text_of(page)


def test_a_number_explains_itself_down_to_its_sources(visit):
    page = visit()
    page.locator("[class*=st-key-explain-Break-even] button").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Break-even utilisation", timeout=SECONDS)
    best = evaluate(DEFAULT).alternative(evaluate(DEFAULT).verdict.best_own)
    expect(dialog).to_contain_text(f"{best.serving.replicas} replicas")
    expect(dialog).to_contain_text(best.serving.calibration)
    expect(dialog).to_contain_text("your scenario")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_two_scenarios_stand_side_by_side_with_what_moved_the_answer(visit):
    page = visit()
    enter(page, "Requests a month", 60_000_000)
    expect(bill(page)).to_contain_text("k", timeout=SECONDS)
    settled(page)
    go(page, "Compare")
    table = page.get_by_test_id("stTable").first
    expect(table).to_contain_text("Requests a month", timeout=SECONDS)
    row = table.get_by_role("row").filter(has_text="Requests a month")
    expect(row).to_contain_text("≠")
    expect(row).to_contain_text("60.0")
    expect(row).to_contain_text("6.00")
    expect(page.get_by_text("of it by Requests")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)


def test_a_scenario_is_saved_found_on_another_visit_restored_and_signed_off(visit):
    page = visit()
    enter(page, "Requests a month", 9_000_000)
    mine = evaluate(changed(DEFAULT, {REQUESTS: 9e6}))
    shown = usd_short(mine.alternatives[0].monthly_usd)
    expect(bill(page)).to_contain_text(shown, timeout=SECONDS)
    go(page, "Scenarios")
    page.get_by_label("What is it about?").fill("nine million")
    page.get_by_role("button", name="Save this page as new").click()
    expect(page.get_by_text("Saved as a new scenario.")).to_be_visible(timeout=SECONDS)

    page = visit()  # at the plain address, which names no draft
    expect(bill(page)).not_to_contain_text(shown, timeout=SECONDS)
    go(page, "Scenarios")
    expect(page.get_by_test_id("stTable").first).to_contain_text("nine million", timeout=SECONDS)
    page.get_by_role("button", name="Open on the page").click()
    settled(page)
    page.get_by_label("Sign-off remark").fill("agreed")
    page.get_by_role("button", name="Sign off version 1").click()
    expect(page.get_by_text("signed off", exact=True)).to_be_visible(timeout=SECONDS)
    go(page, "Decide")
    expect(bill(page)).to_contain_text(shown, timeout=SECONDS)


def test_a_share_link_opens_the_same_answer_for_somebody_else(visit, address):
    page = visit()
    enter(page, "Requests a month", 11_000_000)
    mine = evaluate(changed(DEFAULT, {REQUESTS: 11e6}))
    shown = usd_short(mine.alternatives[0].monthly_usd)
    expect(bill(page)).to_contain_text(shown, timeout=SECONDS)
    go(page, "Export")
    page.get_by_text("Make a link").click()
    link = page.get_by_test_id("stCode").locator("code")
    expect(link).to_contain_text("scenario=", timeout=SECONDS)
    url = link.inner_text().strip()
    assert urlsplit(url).netloc == urlsplit(address).netloc

    other = visit(at=url, visitor="two")
    expect(bill(other)).to_contain_text(shown, timeout=SECONDS)
    expect(headline(other)).to_have_text(as_shown(mine.verdict.headline))

    broken = visit(at=url[:-6], visitor="two")
    expect(broken.get_by_test_id("stAlert").first).to_contain_text("link", timeout=SECONDS)
    expect(headline(broken)).to_have_text(as_shown(evaluate(DEFAULT).verdict.headline))


def test_a_calibration_record_of_ones_own_is_taken_and_used_and_a_bad_one_refused(visit, tmp_path):
    library = Library.load()
    option = DEFAULT.self_hosted[0]
    record = json.loads(library.calibration(option.calibration).model_dump_json())
    good, bad = tmp_path / "mine.json", tmp_path / "bad.json"
    outcome = simulated_run(spread_plan(), devices=READINGS)
    run = own_record(outcome, assemble(outcome, library)).run.model_dump(mode="json")
    own = record | {"id": "my-own-gpus", "schema_version": 2, "run": run}
    good.write_text(json.dumps(with_digest(own)), "utf-8")
    elsewhere = with_digest(record | {"id": "other", "accelerator": "H1000"})
    bad.write_text(json.dumps(elsewhere), "utf-8")
    page = visit()
    go(page, "Calibration")
    upload = page.get_by_test_id("stMain").locator("input[type=file]")
    upload.set_input_files(bad)
    alert = page.get_by_test_id("stMain").get_by_test_id("stAlert").first
    expect(alert).to_contain_text("H1000", timeout=SECONDS)
    upload.set_input_files(good)
    expect(page.get_by_text("is yours in this session")).to_be_visible(timeout=SECONDS)
    settled(page)
    expect(page.get_by_text("Loads that the fit never saw are met within")).to_be_visible()
    page.get_by_role("button", name=f"Use it for {option.name}", exact=True).click()
    expect(page.get_by_text("calibrations: ")).to_contain_text("my-own-gpus", timeout=SECONDS)


def test_each_export_comes_and_what_opens_again_gives_the_same_totals(visit, tmp_path):
    page = visit()
    enter(page, "Requests a month", 8_000_000)
    mine = evaluate(changed(DEFAULT, {REQUESTS: 8e6}))
    shown = usd_short(mine.alternatives[0].monthly_usd)
    expect(bill(page)).to_contain_text(shown, timeout=SECONDS)
    go(page, "Export")
    total = mine.alternatives[0].monthly_usd

    document = json.loads(saved(page, "Everything (JSON)", tmp_path).read_text("utf-8"))
    assert document["alternatives"][0]["usd_per_month"]["value"] == total
    forecast = saved(page, "Monthly forecast (CSV)", tmp_path).read_text("utf-8")
    assert "SkuMeter" in forecast.splitlines()[0]
    book = saved(page, "Workbook (XLSX)", tmp_path)
    assert zipfile.ZipFile(book).testzip() is None
    report = saved(page, "Report (HTML)", tmp_path).read_text("utf-8")
    assert mine.verdict.headline in report
    for name in ("Scenario (TOML)", "Result (CSV)"):
        path = saved(page, name, tmp_path)
        again = evaluate(scenario_from_text(path.read_text("utf-8"), path.name))
        assert [a.monthly_usd for a in again.alternatives] == [
            a.monthly_usd for a in mine.alternatives
        ]
    other = visit()
    other.get_by_test_id("stSidebar").locator("input[type=file]").first.set_input_files(path)
    expect(bill(other)).to_contain_text(shown, timeout=SECONDS)
    expect(other.get_by_label("Start from")).to_have_value(re.compile("Your file"))
