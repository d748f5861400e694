"""Charts become files: by the button of a chart, as an archive, and by the command."""

import re
import struct
import zipfile
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tco.charts.registry import CHARTS as EVERY_CHART
from tco.question.presets import presets
from tests.browser.conftest import CHROMIUM
from tests.browser.steps import SECONDS, go
from tests.tco.command import tco_process

pytestmark = pytest.mark.browser

NAME = next(iter(presets().values())).name
CHARTS = {chart.name for chart in EVERY_CHART if chart.subject is not None}
PNG = b"\x89PNG\r\n\x1a\n"


def size(png):
    assert png.startswith(PNG)
    assert png.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


def texts(svg):
    return " ".join("".join(ElementTree.fromstring(svg).itertext()).split())


def judge(files):
    assert set(files) == {f"{name}.{form}" for name in CHARTS for form in ("png", "svg")}
    for name, content in files.items():
        if name.endswith(".png"):
            width, height = size(content)
            assert width == 2 * 960
            assert height >= 2 * 300
            assert len(content) > 20_000  # drawn, not blank
        else:
            assert f". {NAME}" in texts(content)
    assert "Break-even by utilisation" in texts(files["break-even-by-utilisation.svg"])


def test_the_command_draws_every_chart(tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", CHROMIUM)
    folder = tmp_path / "charts"
    done = tco_process("export", "--charts", folder, timeout=280)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    judge({path.name: path.read_bytes() for path in folder.iterdir()})
    again = tco_process("export", "--charts", folder, timeout=280)
    assert again.returncode == 7
    assert "--force" in again.stderr


def test_a_browser_that_does_not_start_is_a_refusal(tmp_path, monkeypatch):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(broken))
    done = tco_process("export", "--charts", str(tmp_path / "charts"))
    assert done.returncode == 2
    assert "did not start" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_chart_saves_itself_and_the_page_offers_them_all(visit, tmp_path):
    page = visit()
    chart = page.locator(".js-plotly-plot").first
    with page.expect_download(timeout=SECONDS) as coming:
        chart.get_by_label("Download plot as a PNG").click()
    assert coming.value.suggested_filename == "planner-break-even-by-utilisation.png"
    coming.value.save_as(tmp_path / "one.png")
    box = chart.bounding_box()
    width, height = size((tmp_path / "one.png").read_bytes())
    assert abs(width - 2 * box["width"]) <= 4
    assert abs(height - 2 * box["height"]) <= 4

    go(page, "Export")
    with page.expect_download(timeout=10 * SECONDS) as coming:
        page.get_by_role("button", name="Charts (ZIP)").click()
    assert re.fullmatch(r"planner-\d{4}-\d\d-\d\d-charts\.zip", coming.value.suggested_filename)
    coming.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        judge({name: archive.read(name) for name in archive.namelist()})
    expect(page.get_by_test_id("stException")).to_have_count(0)
