"""How finely a log tells time, and what the month that is made of it rests on."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pricing.errors import InputError
from tests.tco.command import tco
from tests.usage import written
from tests.usage.reading import put
from tests.usage.test_scenario_of_log import FIRST, WEEKS, made

DAY_BY_DAY = "provider,model,as_of,input_tokens,output_tokens\n"


def hourly(stamps, count=70):
    """A table of requests at the moments that some texts tell."""
    row = "openai,gpt-5.4,{},1000,100\n"
    return "a.csv", DAY_BY_DAY + "".join(row.format(stamp) * count for stamp in stamps)


@pytest.mark.parametrize("clock", ["", " 00:00:00", "T00:00:00Z"])
def test_days_without_hours_are_no_traffic_at_midnight(tmp_path, clock):
    """The same day of `tco prices quote`'s table tells neither an hour nor a minute."""
    found = made(put(tmp_path, hourly(day + clock for day in WEEKS)))
    work = found.scenario.workload
    assert (work.profile, work.peak_within_hour, found.time) == ("business-hours", 1.5, "day")
    assert "tells days and no hours" in found.scenario.note


def test_full_hours_tell_no_minutes(tmp_path):
    found = made(put(tmp_path, hourly(f"{day}T10:00:00Z" for day in WEEKS)))
    assert (found.scenario.workload.peak_within_hour, found.time) == (1.5, "hour")
    assert found.scenario.workload.profile[10] == 70


@pytest.mark.parametrize("offset", [0, -3600])
def test_sums_of_a_day_tell_no_hour_wherever_their_day_begins(tmp_path, offset):
    result = {"input_tokens": 9000, "input_cached_tokens": 0, "output_tokens": 90}
    result |= {"num_model_requests": 90, "model": "gpt-5.4"}
    first = written.seconds(datetime(2026, 10, 19, tzinfo=UTC)) + offset
    data = [{"start_time": first + 86_400 * n, "results": [result]} for n in range(14)]
    assert made(put(tmp_path, ("u.json", json.dumps({"data": data})))).time == "day"


@pytest.mark.parametrize(
    ("stamps", "said"),
    [
        (
            [f"2026-11-20T{hour}:30:00Z" for hour in (10, 11, 12)],
            (
                "count as whole, though its requests lie between 2026-11-20 10:30 and"
                " 2026-11-20 12:30 UTC; were all hours like those, there would be 51,100 a month",
                "fewer than a week",
            ),
        ),
        ([f"2026-11-{day}" for day in (2, 3, 4, 5, 6, 9, 10)], ("2 days between them",)),
        (["2026-11-20", "2026-11-21"], ("fewer than a week",)),
        (WEEKS, ()),
    ],
)
def test_a_month_says_how_little_of_it_the_log_tells(tmp_path, stamps, said):
    found = made(put(tmp_path, hourly(stamps)))
    (volume,) = [f.said for f in found.findings if f.field == "workload.requests_per_month"]
    assert ("Requests a month" in found.scenario.note) == bool(said)
    for part in said:
        assert part in volume
        assert part in found.scenario.note


def test_growth_is_counted_on_from_the_mean_and_that_is_said(tmp_path):
    days = [(FIRST + timedelta(days=n)).isoformat() for n in range(28)]
    grown = DAY_BY_DAY + "".join(
        f"openai,gpt-5.4,{day},1000,100\n" * (10 + n // 14) for n, day in enumerate(days)
    )
    found = made(put(tmp_path, ("a.csv", grown)))
    (volume,) = [f.said for f in found.findings if f.field == "workload.requests_per_month"]
    assert volume.startswith("319: 294 requests in 28 days")
    assert volume.endswith("the last whole week had 335 a month")
    alike = made(put(tmp_path, hourly(days)))
    said = {f.field: f.said for f in alike.findings}
    assert "last whole week" not in said["workload.requests_per_month"]
    assert said["workload.growth_per_month"] == "+0.0\xa0% a month, standard error 0.0\xa0%"


@pytest.mark.parametrize("marks", [("True", "success"), ("False", "failure")])
def test_a_log_in_which_nothing_was_paid_for_is_refused(tmp_path, marks):
    head = "request_id,startTime,prompt_tokens,completion_tokens,spend,model,cache_hit,status\n"
    row = f"r,2026-11-20 10:00:00,100,10,0,gpt-5.4,{','.join(marks)}\n"
    with pytest.raises(InputError, match="every request failed, or was answered by a cache"):
        made(put(tmp_path, ("spend.csv", head + row)))


def test_requests_are_asked_for_where_some_rows_do_not_count_theirs(tmp_path):
    text = "date,model,requests,sent,answered\n2026-11-02,gpt-5.4,10,9000,900\n"
    (tmp_path / "map.toml").write_text(
        'rows = "sum"\n[columns]\ntime = "date"\nmodel = "model"\nrequests = "requests"\n'
        'input = "sent"\noutput = "answered"\n',
        encoding="utf-8",
    )
    (path,) = put(tmp_path, ("a.csv", text + "2026-11-03,gpt-5.4,,9000,900\n"))
    asked = ("usage", "scenario", path, "--map", tmp_path / "map.toml", "--json")
    refused = tco(*asked)
    assert refused.returncode == 2
    assert "does not count the requests of every row" in refused.stdout
    done = json.loads(tco(*asked, "--requests", 20).stdout)
    assert done["scenario"]["workload"]["requests_per_month"] == pytest.approx(20 / 48 * 730)


def test_failed_requests_are_no_part_of_a_month_and_that_is_said(tmp_path):
    """They may have cost nothing, and their lengths are no one's: volume and means leave them."""
    head = "request_id,startTime,prompt_tokens,completion_tokens,spend,model,status\n"
    row = "{}{},2026-11-{:02d} 10:07:00,{},100,0,gpt-5.4,{}\n"
    rows = [row.format("r", n, n % 14 + 1, 1000, "success") for n in range(140)]
    rows += [row.format("f", n, n % 14 + 1, 9000, "failure") for n in range(56)]
    found = made(put(tmp_path, ("spend.csv", head + "".join(rows))))
    work = found.scenario.workload
    assert work.requests_per_month == pytest.approx(140 / (14 * 24) * 730)
    assert work.classes[0].input.distribution().mean == pytest.approx(1000)
    assert "56 failed requests" in found.scenario.note
