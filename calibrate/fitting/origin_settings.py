"""Server settings that the origin of a row publishes, for rows that do not record them.

InferenceX publishes the script that starts each of its servers. A row that was copied from there
into a table of times lost two settings that its times depend on: the bytes of a key or value, and
how many tokens a step may take. The scripts are read once, by hand, into
``calibrate/data/inferencex_settings.csv``; where a script changed while its runs were made, it is
left out, and the setting stays unrecorded.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from pricing.package_files import read_table

SETTINGS_FILE: Final = "inferencex_settings.csv"
ORIGIN: Final = "inferencex"


def with_origin_settings(row: Mapping[str, str]) -> Mapping[str, str]:
    """Fill in what a row does not record from the published script of its run."""
    if row.get("origin") != ORIGIN:
        return row
    said = _published().get((row["model"], row["system"], row["precision"]))
    if said is None:
        return row
    return {
        **row,
        "kv_bytes": row.get("kv_bytes") or said["kv_bytes"],
        "max_num_batched_tokens": row.get("max_num_batched_tokens") or _budget(said, row["isl"]),
    }


def _budget(said: Mapping[str, str], input_tokens: str) -> str:
    """Tokens of a step: stated, or so many prompts of the nominal length."""
    if said["max_num_batched_tokens"]:
        return said["max_num_batched_tokens"]
    return f"{float(said['batched_inputs']) * float(input_tokens):g}"


@cache
def _published() -> Mapping[tuple[str, str, str], Mapping[str, str]]:
    """Settings by model, system and precision, as tables of points name them."""
    table = read_table(files("calibrate") / "data" / SETTINGS_FILE)
    return {(row["model"], row["system"], row["precision"]): row for _, row in table.rows}
