"""What all usage files of the tests are written with: models, moments, lines and tables."""

import csv
import io
import json

GPT = [("gpt-5.4", "standard"), ("gpt-5.6-luna", "standard")]
SHORT_GPT = [("gpt-5.4", "standard")]
CLAUDE = [("claude-opus-5", "standard")]
GEMINI = [("gemini-2.5-pro", "standard")]


def seconds(moment):
    return int(moment.timestamp())


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(moment):
    return moment.strftime("%Y-%m-%d %H:%M:%S.000")


def lines(records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


def table(rows, separator=","):
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
