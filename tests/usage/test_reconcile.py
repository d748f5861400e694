"""Our bill against what was charged: every difference has its kind, or is named unexplained."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pricing.errors import InputError
from tco.own_data.usage.reconcile import reconcile
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_log import open_usage
from tests.tco.command import tco
from tests.usage import written, written_gateways, written_sellers, written_tools
from tests.usage.reading import CATALOGUE, put
from tests.usage.truth import AUTUMN, bill, sent

DAY = datetime(2026, 10, 20, tzinfo=UTC)
REQUESTS = sent(31, 60, written.SHORT_GPT, days=("2026-10-20",), most=20_000)
TRUTH = bill(REQUESTS)
MEGA = 1_000_000


def costs(amounts, named=True):
    """OpenAI's costs: amounts by day."""
    data = [
        {
            "start_time": written.seconds(DAY + timedelta(days=day)),
            "results": [
                {
                    "amount": {"value": float(amount), "currency": "usd"},
                    "line_item": "gpt-5.4-2026-03-05, input" if named else None,
                }
            ],
        }
        for day, amount in amounts
    ]
    return "costs.json", json.dumps({"data": data})


def compared(folder, files, charged=None):
    paths = put(folder, files)
    sellers = Sellers(CATALOGUE)
    with open_usage(paths) as log:
        if charged is None:
            return reconcile(log, None, sellers)
        with open_usage(put(folder, charged)) as books:
            return reconcile(log, books, sellers)


def kinds(found):
    return {one.group[0]: (one.kind, one.detail) for one in found.differences}


def cached(rate):
    return sum(r.cached for r in REQUESTS) * Decimal(rate) / MEGA


AS_BATCH = float(
    sum(
        (r.input - r.cached) * Decimal("1.25")
        + r.cached * Decimal("0.13")
        + r.output * Decimal("7.5")
        for r in REQUESTS
    )
    / MEGA
)


@pytest.mark.parametrize(
    ("amounts", "kind"),
    [
        ([(0, TRUTH)], {"2026-10-20": ("agrees", "")}),
        ([(0, AS_BATCH)], {"2026-10-20": ("tier", "batch")}),
        ([(0, float(TRUTH) + float(cached("2.25")))], {"2026-10-20": ("cached as input", "")}),
        ([(0, float(TRUTH) + float(cached("2.5")))], {"2026-10-20": ("cached twice", "")}),
        (
            [(1, TRUTH)],
            {
                "2026-10-20": ("day shifted", "charged on 2026-10-21"),
                "2026-10-21": ("day shifted", "used on 2026-10-20"),
            },
        ),
        ([(0, TRUTH), (0, -1)], {"2026-10-20": ("credits", "")}),
        ([(0, TRUTH * 3)], {"2026-10-20": ("unexplained", "")}),
        (
            [(5, 7.0)],
            {"2026-10-20": ("not charged", ""), "2026-10-25": ("not on record", "")},
        ),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_each_difference_is_explained_by_its_kind(tmp_path, amounts, kind, named):
    found = compared(tmp_path, written_sellers.own_log(REQUESTS), costs(amounts, named))
    assert kinds(found) == kind
    assert found.by == (("day", "provider", "model") if named else ("day",))


def with_a_row_that_has_no_price(at, **wrong):
    """The log and one row more, of a model nobody sells or with more read than sent."""
    name, text = written_sellers.own_log(REQUESTS)
    row = json.loads(text.splitlines()[0])
    row |= {"id": "last", "created": written.seconds(at), "model": wrong.get("model", "gpt-5.4")}
    row["usage"]["prompt_tokens_details"]["cached_tokens"] = wrong.get("cached", 0)
    return name, f"{text}\n{json.dumps(row)}\n"


@pytest.mark.parametrize("wrong", [{"model": "gpt-of-nobody"}, {"cached": 10**9}])
@pytest.mark.parametrize("named", [True, False])
def test_a_charge_beyond_the_bill_of_a_day_with_rows_set_aside_is_said_to_be_theirs(
    tmp_path, wrong, named
):
    log = with_a_row_that_has_no_price(DAY, **wrong)
    amount = float(TRUTH)
    day = "2026-10-20"
    assert kinds(compared(tmp_path, log, costs([(0, TRUTH)], named))) == {day: ("agrees", "")}
    for charged, kind in ((amount * 1.3, "set aside"), (amount * 0.7, "unexplained")):
        found = compared(tmp_path, log, costs([(0, charged)], named))
        assert kinds(found) == {day: (kind, "")}
    later = with_a_row_that_has_no_price(DAY + timedelta(days=4), **wrong)
    found = compared(tmp_path, later, costs([(0, amount * 1.3), (4, 1.5)], named))
    assert kinds(found) == {day: ("unexplained", ""), "2026-10-24": ("set aside", "")}


def test_the_gaps_add_up_to_the_difference_of_both_books(tmp_path):
    charged = [(0, TRUTH * 2), (4, 1.5)]
    found = compared(tmp_path, written_sellers.own_log(REQUESTS), costs(charged))
    both = sum(one.charged_usd for one in found.differences) - found.bill.total.lower_usd
    assert float(sum(found.gap_by_kind.values())) == pytest.approx(float(both))


@pytest.mark.parametrize(
    "writer",
    [
        written_gateways.litellm,
        written_gateways.langfuse,
        written_sellers.xai,
        written_tools.opencode,
    ],
)
def test_a_file_with_costs_of_its_own_is_held_against_them(tmp_path, writer):
    models = [("grok-4.3", "standard")] if writer is written_sellers.xai else written.SHORT_GPT
    requests = sent(33, 200, models, days=AUTUMN)
    found = compared(tmp_path, writer(requests))
    for one in found.differences:
        is_exact = one.lower_usd == one.upper_usd
        assert (one.kind, one.gap_usd) == ("agrees" if is_exact else "within bounds", 0)
    if writer is not written_tools.opencode:
        assert {kind for kind, _ in kinds(found).values()} == {"agrees"}


@pytest.mark.parametrize(
    ("charged", "kind"),
    [
        (180.0, ("within bounds", "99\xa0% apart")),
        (126.5, ("within bounds", "99\xa0% apart")),
        (252.25, ("within bounds", "99\xa0% apart")),
        (126.0, ("unexplained", "")),
        (254.0, ("unexplained", "")),
    ],
)
def test_a_charge_between_bounds_does_not_agree_with_the_bill(tmp_path, charged, kind):
    """A thousand requests with 50 M tokens in: 126.5 USD where none is long, 252.25 at most."""
    head = "provider,model,as_of,input_tokens,output_tokens,requests\n"
    day = head + "openai,gpt-5.4,2026-10-20,50000000,100000,1000\n"
    found = compared(tmp_path, ("a.csv", day), costs([(0, charged)], named=False))
    assert kinds(found) == {"2026-10-20": kind}


def test_charges_that_two_files_tell_are_said_to_count_twice(tmp_path):
    name, text = costs([(0, TRUTH)])
    other = costs([(1, 3.0)])[1]
    for second, is_said in ((text, True), (other, False)):
        found = compared(
            tmp_path, written_sellers.own_log(REQUESTS), [(name, text), ("b.json", second)]
        )
        assert any("tell the same charges" in remark for remark in found.remarks) == is_said


def test_amounts_in_cents_are_cents(tmp_path):
    requests = sent(34, 50, written.CLAUDE, days=("2026-10-20",), lifetimes=("5m",), most=10_000)
    row = {
        "amount": str(float(bill(requests) * 100)),
        "currency": "USD",
        "description": "Claude Opus 5",
        "model": "claude-opus-5",
    }
    book = {"data": [{"starting_at": "2026-10-20T00:00:00Z", "results": [row]}]}
    found = compared(
        tmp_path, written_tools.claude_code(requests), ("costs.json", json.dumps(book))
    )
    assert kinds(found) == {"2026-10-20": ("agrees", "")}


def test_files_without_a_charge_are_refused(tmp_path):
    with pytest.raises(InputError, match="--costs"):
        compared(tmp_path, written_sellers.gemini(sent(35, 5, written.GEMINI)))


def test_the_command_says_every_kind_and_its_sum(tmp_path):
    usage, charged = (
        put(tmp_path, files)[0]
        for files in (written_sellers.own_log(REQUESTS), costs([(0, TRUTH * 3)]))
    )
    done = tco("usage", "reconcile", usage, "--costs", charged, "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.usage-reconciliation/1"
    assert [row["kind"] for row in document["differences"]] == ["unexplained"]
    assert "unexplained" in tco("usage", "reconcile", usage, "--costs", charged).stdout


BOOK = "start_time,amount_value,amount_currency,line_item\n"
PAID = "1792497600,2.5,usd,\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1792497600,7,eur,\n", "no charge in USD"),
        ("1792497600,seven,usd,\n", "no charge in USD"),
        ("1792497600,,usd,\n", "no charge in USD"),
        (",7,usd,\n", "no day"),
        ("someday,7,usd,\n", "no day"),
        ("1792497600,7,usd\n", "no row of the table"),
        ("1792497600,7,usd,a,b\n", "no row of the table"),
    ],
)
def test_a_charge_that_is_left_out_is_said_with_its_line(tmp_path, line, reason):
    book = ("costs.csv", BOOK + PAID + line)
    found = compared(tmp_path, written_sellers.own_log(REQUESTS), book)
    assert sum(one.charged_usd for one in found.differences) == Decimal("2.5")
    (aside,) = found.set_aside
    assert reason in aside.reason
    assert (aside.rows, [(e.file, e.row) for e in aside.examples]) == (1, [("costs.csv", 3)])


def test_no_currency_but_the_dollar_is_taken_for_it(tmp_path):
    row = {"amount": "700", "currency": "EUR", "description": "Claude", "model": "claude-opus-5"}
    paid = {**row, "currency": "USD"}
    book = {"data": [{"starting_at": "2026-10-20T00:00:00Z", "results": [row, paid]}]}
    requests = sent(34, 5, written.CLAUDE, days=("2026-10-20",), lifetimes=("5m",), most=10_000)
    found = compared(
        tmp_path, written_tools.claude_code(requests), ("costs.json", json.dumps(book))
    )
    assert [one.charged_usd for one in found.differences] == [7]
    assert [aside.rows for aside in found.set_aside] == [1]


def test_the_command_says_which_charges_are_left_out(tmp_path):
    usage = put(tmp_path, written_sellers.own_log(REQUESTS))[0]
    book = put(tmp_path, ("costs.csv", BOOK + PAID + ",7,usd,\n"))[0]
    done = tco("usage", "reconcile", usage, "--costs", book, "--json")
    (aside,) = json.loads(done.stdout)["charges_set_aside"]
    assert (aside["rows"], aside["examples"]) == (1, [{"file": "costs.csv", "row": 3}])
    said = tco("usage", "reconcile", usage, "--costs", book).stderr
    assert "Charges set aside: 1 row" in said


def test_costs_that_cannot_be_read_to_their_end_are_refused_by_name(tmp_path):
    data = [{"start_time": 1792497600, "results": [{"amount": {"value": 1, "currency": "usd"}}]}]
    lines = (json.dumps({"data": data}) + "\n") * 200_000 + '{"a": "' + "0" * 17_000_000
    with pytest.raises(InputError, match=r"costs\.jsonl"):
        compared(tmp_path, written_sellers.own_log(REQUESTS), ("costs.jsonl", lines))


def day_by_day(amounts):
    """Usage of as many dollars a day: a request of 100,000 tokens is 0.25 USD."""
    row = "openai,gpt-5.4,{:%Y-%m-%d},100000,0\n"
    rows = [row.format(DAY + timedelta(days=n)) * (usd * 4) for n, usd in amounts]
    return "used.csv", "provider,model,as_of,input_tokens,output_tokens\n" + "".join(rows)


def told(found):
    """Day of October, our bill, the charge, kind and detail of each difference."""
    return [
        (int(o.group[0][-2:]), float(o.lower_usd), float(o.charged_usd), o.kind, o.detail[-2:])
        for o in found.differences
    ]


@pytest.mark.parametrize(
    ("used", "charged", "differences"),
    [
        # the neighbour's charge is the neighbour's own: it explains nothing here
        (
            [(0, 10), (1, 10), (2, 10)],
            [(0, 10), (1, 12), (2, 10)],
            [
                (20, 10, 10, "agrees", ""),
                (21, 10, 12, "unexplained", ""),
                (22, 10, 10, "agrees", ""),
            ],
        ),
        (
            [(0, 10), (1, 10)],
            [(0, 10)],
            [(20, 10, 10, "agrees", ""), (21, 10, 0, "not charged", "")],
        ),
        (
            [(1, 10)],
            [(0, 10), (1, 10)],
            [(20, 0, 10, "not on record", ""), (21, 10, 10, "agrees", "")],
        ),
        # one charge is that of one day, not of both days beside it
        (
            [(0, 10), (2, 10)],
            [(1, 10)],
            [
                (20, 10, 0, "day shifted", "21"),
                (21, 0, 10, "day shifted", "20"),
                (22, 10, 0, "not charged", ""),
            ],
        ),
        # every charge a day late: the first day's is of a day before, the last day's is to come
        (
            [(0, 10), (1, 20), (2, 30)],
            [(0, 5), (1, 10), (2, 20)],
            [
                (20, 10, 0, "day shifted", "21"),
                (20, 0, 5, "not on record", ""),
                (21, 20, 10, "day shifted", "20"),
                (22, 0, 20, "day shifted", "21"),
                (22, 30, 0, "not charged", ""),
            ],
        ),
        (
            [(1, 10), (2, 20)],
            [(0, 10), (1, 20)],
            [
                (20, 0, 10, "day shifted", "21"),
                (21, 10, 20, "day shifted", "22"),
                (22, 20, 0, "day shifted", "21"),
            ],
        ),
    ],
)
def test_a_charge_explains_one_day_and_a_move_needs_both_its_ends(
    tmp_path, used, charged, differences
):
    found = compared(tmp_path, day_by_day(used), costs(charged))
    assert told(found) == differences
    moved = found.gap_by_kind.get("day shifted", 0)
    assert moved == 0
    both = sum(usd for _, usd in charged) - sum(usd for _, usd in used)
    assert sum(found.gap_by_kind.values()) == both


def test_charges_after_which_more_pages_follow_are_said_to_lack(tmp_path):
    usage = put(tmp_path, written_sellers.own_log(REQUESTS))[0]
    name, text = costs([(0, TRUTH)])
    for more in (True, False):
        book = put(tmp_path, (name, json.dumps({**json.loads(text), "has_more": more})))[0]
        done = json.loads(tco("usage", "reconcile", usage, "--costs", book, "--json").stdout)
        assert sum("Charges: Not all pages" in said for said in done["remarks"]) == more


OWN = "provider,model,as_of,input_tokens,output_tokens,cost_usd\n"
DEAR = "openai,gpt-5.4,2026-10-{},1000,100,{}\n"


@pytest.mark.parametrize("lacking", ["", "$0.004", "none"])
def test_a_charge_without_an_amount_is_no_other_tier_and_no_other_day(tmp_path, lacking):
    """Two requests of 0.004 USD, of which one tells no cost: half the bill is no batch tier."""
    halved = OWN + DEAR.format(20, 0.004) + DEAR.format(20, lacking)
    assert kinds(compared(tmp_path, ("a.csv", halved))) == {"2026-10-20": ("charge set aside", "")}
    beside = OWN + DEAR.format(21, lacking) + DEAR.format(22, 0.004) + DEAR.format(22, "0.0")
    found = kinds(compared(tmp_path, ("a.csv", beside)))
    assert found["2026-10-21"] == ("charge set aside", "")
    assert found["2026-10-22"] == ("tier", "batch")
