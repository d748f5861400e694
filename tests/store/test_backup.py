"""The documented backup brings back what was there, with its seals and folders."""

import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from tco.store.connect import open_store
from tco.store.folders import folders, let_in, owner_of
from tco.store.keeping import faults, held
from tco.store.scenario_store import ScenarioStore
from tests.postgres_server import postgres_programs
from tests.store.conftest import postgres_url

DEPLOY = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
KEY = b"k" * 32


def documented(program, url):
    """Words of the one documented command of a program, for a database of ours."""
    (line,) = re.findall(rf"\b{program} (--[^`\n]+)", DEPLOY)
    words = line.replace("--dbname=planner", f"--dbname={url}").split()
    words = [url if word == "planner" else word for word in words]
    return [postgres_programs() / program, *words]


@pytest.mark.postgres
def test_a_dump_restores_what_was_there_before_everything_was_lost(
    postgres_server, tmp_path, scenario, evaluation
):
    url = postgres_url(postgres_server, "backup")
    engine = open_store(url)
    let_in(engine, "Finance", "ann", "owner", by="ann")
    store = ScenarioStore(engine, owner_of("Finance"), "ann", key=KEY)
    kept = store.create(scenario, evaluation, "first")
    store.sign_off(kept.id, version=1, revision=kept.revision, comment="agreed")
    before = (held(engine, KEY), folders(engine), store.history(kept.id))

    subprocess.run(documented("pg_dump", url), check=True, cwd=tmp_path, timeout=60)
    with engine.begin() as connection:
        for table in ("note", "version", "scenario", "change", "member"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    subprocess.run(documented("pg_restore", url), check=True, cwd=tmp_path, timeout=60)

    engine = open_store(url)
    again = ScenarioStore(engine, owner_of("Finance"), "ann", key=KEY)
    assert (held(engine, KEY), folders(engine), again.history(kept.id)) == before
    assert faults(engine, KEY) == ()
    engine.dispose()
