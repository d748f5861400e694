"""A team behind nginx: they sign in, share a link, and lose nothing while processes come and go."""

import json
import re

import pytest
from playwright.sync_api import expect

from tco.ui.server.guard import headers
from tco.ui.server.metrics import METRICS
from tests.browser.conftest import DRAWN, free_port
from tests.browser.steps import SECONDS, bill, enter, expect_volume, go, headline, settled
from tests.browser.test_resume import LOST
from tests.team.conftest import ANN, DEPLOY, HOST, PATH, Planner, Watch

pytestmark = [pytest.mark.team, pytest.mark.timeout(240)]

BEN = {"sub": "18", "email": "ben@example.org", "email_verified": True}
VOLUME, SHOWN = 61_234_567, "61,234,567"
ABOUT = "the plan nobody may read in a log"
UPGRADE = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit",
}  # fmt: skip


def sign_in(page, address):
    page.goto(address)
    expect(headline(page)).to_have_text("Sign in", timeout=60_000)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector(DRAWN, timeout=60_000)
    settled(page)


def shown(page):
    return headline(page).inner_text(), bill(page).inner_text()


@pytest.fixture(scope="module")
def ann(team, visitors):
    """Ann, signed in below the path, with a question of her own."""
    page = visitors()
    sign_in(page, team.home)
    enter(page, "Requests a month", VOLUME)
    expect_volume(page, "61.2 M")
    settled(page)
    return page


def test_who_opens_a_share_link_below_the_path_sees_the_same_figures(team, visitors, ann):
    go(ann, "Scenarios")
    ann.get_by_label("What is it about?").fill(ABOUT)
    ann.get_by_role("button", name="Save this page as new").click()
    expect(ann.get_by_test_id("stTable").first).to_contain_text(ABOUT, timeout=SECONDS)
    go(ann, "Export")
    ann.get_by_text("Make a link").click()
    link = ann.get_by_test_id("stCode").inner_text(timeout=SECONDS).strip()
    assert link.startswith(f"{team.home}?")
    go(ann, "Decide")

    team.provider.person = BEN
    ben = visitors()
    sign_in(ben, team.home)
    ben.goto(link)
    expect_volume(ben, "61.2 M")
    settled(ben)
    assert shown(ben) == shown(ann)
    go(ben, "Scenarios")
    expect(ben.get_by_text("Nothing is saved yet.")).to_be_visible(timeout=SECONDS)
    ben.close()


def test_processes_come_and_go_without_one_request_refused_or_one_question_lost(team, ann):
    before = shown(ann)
    (cookie,) = [c["value"] for c in ann.context.cookies() if c["name"] == "planner_process"]
    killed = team.planner_of(cookie)
    (other,) = [planner for planner in team.planners if planner is not killed]
    with Watch(team).looking() as watch:
        killed.kill()
        enter(ann, "Requests a month", 3_000_000)
        expect(ann.get_by_text(LOST)).to_be_visible(timeout=SECONDS)
        settled(ann)
        assert shown(ann) == before
        killed.start()
        killed.wait_until_ready()
        other.stop()
        other.start()
        other.wait_until_ready()
    assert {process for process, _ in watch.answers} == {"planner_a", "planner_b"}
    assert watch.refused() == []


def test_after_both_were_gone_the_first_that_is_back_is_asked_at_once(team):
    for planner in team.planners:
        planner.kill()
    gone, back = Watch(team), Watch(team)
    gone.look()
    assert {status for _, status in gone.answers} == {502}
    for planner in team.planners:
        planner.start()
    team.planners[1].wait_until_ready()
    back.look()
    assert back.refused() == []
    team.planners[0].wait_until_ready()


def test_what_is_for_operators_and_for_other_sites_is_not_to_be_had_through_the_proxy(team):
    for path in ("/ready", f"{PATH}/ready", "/_stcore/metrics", f"{PATH}/_stcore/metrics"):
        assert team.ask(path)[0] == 404, path
    status, given = team.ask(f"{PATH}/")
    assert status == 200
    for name, value in headers().items():
        assert given.get_all(name) == [value]
    assert given.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    stream = f"{PATH}/_stcore/stream"
    origins = {f"https://{HOST}:{team.port}": 101, f"https://{HOST}": 403, "https://evil.test": 403}
    for origin, status in origins.items():
        assert team.ask(stream, {**UPGRADE, "Origin": origin})[0] == status, origin


def lines(team):
    for planner in team.planners:
        for line in planner.log.read_text().splitlines():
            yield planner, json.loads(line)


def test_the_log_says_who_asked_for_which_page_and_how_long_it_took_and_not_what(team, ann):
    runs = [line for _, line in lines(team) if line["message"] == "run"]
    documented = set(json.loads(re.search(r"^```json\n(.*?)^```$", DEPLOY, re.M | re.S)[1]))
    assert {frozenset(run) for run in runs} == {frozenset(documented)}
    assert {"/", "/scenarios", "/export"} <= {run["request"] for run in runs}
    assert all(run["duration_ms"] >= run["cpu_ms"] > 0 for run in runs)
    people = {
        planner.port: {
            line["person"] for at, line in lines(team) if at is planner and line.get("person")
        }
        for planner in team.planners
    }
    assert len(set.union(*people.values())) == 2
    assert set.intersection(*people.values())
    written = "".join(planner.log.read_text() for planner in team.planners)
    for word in (ANN["email"], BEN["email"], ABOUT, str(VOLUME), SHOWN, "?scenario="):
        assert word not in written, word


def test_the_metrics_are_those_documented_and_count_what_was_done(team, ann):
    documented = dict(re.findall(r"^\| `(planner_\w+)` \| (\w+) \|", DEPLOY, re.MULTILINE))
    assert documented.keys() == set(METRICS.stats_families)
    go(ann, "Bills")
    for planner in team.planners:
        found = dict(re.findall(r"^# TYPE (planner_\w+) (\w+)$", planner.metrics(), re.MULTILINE))
        assert found.items() <= documented.items()
    text = "".join(planner.metrics() for planner in team.planners)
    for family in ("planner_rerun_seconds_count", "planner_store_seconds_count"):
        assert max(map(int, re.findall(rf"^{family} (\d+)$", text, re.MULTILINE))) > 0
    assert 'planner_reruns_total{outcome="answered"}' in text
    assert 'planner_refusals_total{code="origin"}' in text


def test_nothing_outside_this_machine_is_ever_called(team):
    container = Planner(free_port(), team.folder, team.planners[0].environment)
    container.start(
        ["-m", "tco.ui", "--server.address=0.0.0.0", "--server.port=%i", "--server.headless=true"]
    )
    container.wait_until_ready()
    container.stop()
    told = team.calls_outside.read_text() if team.calls_outside.exists() else ""
    assert told == ""
