"""Lines of the log as a process writes them, without the process."""

import logging
from io import StringIO

from tco.ui.server.log import JsonRecord
from tco.ui.server.watched import watched_run


def written(event, record=JsonRecord):
    """What is written to the log while something happens."""
    usual, ours = logging.getLogRecordFactory(), logging.getLogger("tco")
    handler, level = logging.StreamHandler(StringIO()), ours.level
    logging.setLogRecordFactory(record)
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    try:
        event()
    finally:
        logging.setLogRecordFactory(usual)
        ours.removeHandler(handler)
        ours.setLevel(level)
    return handler.stream.getvalue()


def run_line(place, record=JsonRecord):
    """Line of a run of the page at a place."""

    def run():
        with watched_run() as told:
            told.request = place.removeprefix("/")

    return written(run, record).rstrip("\n")
