"""The log of a process: one line an event, as text or as JSON, and never what somebody asked.

A traceback is told by its places, without the words of its errors: those may quote a scenario.
"""

import hashlib
import hmac
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import streamlit as st
from streamlit.web.server.server_util import get_cookie_secret

from tco.ui.server.places import places_of
from tco.ui.server.settings import JSON, log_form

PERSON_CHARACTERS: Final = 12
"""Of the hash that stands for a person."""
_OURS: Final = "tco"
_SERVERS: Final = "uvicorn"


class TextRecord(logging.LogRecord):
    """A line of the log as people read it: the message, then what is known of the event."""

    fields: Mapping[str, object] = MappingProxyType({})
    """What is known of the event, by name."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as the base class has it
        super().__init__(*args, **named)
        self._places = list(places_of(self.exc_info[1])) if self.exc_info else []
        self.exc_info = None

    def getMessage(self) -> str:
        """Message, with a word ``name=value`` for each field, and the places of an error."""
        known = [f"{name}={value}" for name, value in self.fields.items() if value is not None]
        return "\n".join((" ".join((super().getMessage(), *known)), *self._places))


class JsonRecord(TextRecord):
    """A line of the log as programs read it."""

    def getMessage(self) -> str:
        """One JSON object: time in UTC, level, logger, message, and what is known of the event."""
        at = datetime.fromtimestamp(self.created, UTC)
        said = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": self.levelname.lower(),
            "logger": self.name,
            "message": logging.LogRecord.getMessage(self),
            **self.fields,
        }
        places = {"error": self._places} if self._places else {}
        return json.dumps({**said, **places}, ensure_ascii=False)


def begin_log() -> None:
    """Write every line of this process in the form that was asked for, to standard error.

    Streamlit's own lines take the form by the factory of records, whenever their loggers are made.
    """
    is_json = log_form() == JSON
    logging.setLogRecordFactory(JsonRecord if is_json else TextRecord)
    shown = "%(message)s" if is_json else str(st.get_option("logger.messageFormat"))
    ours = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(ours)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    for handler in (ours, *logging.getLogger(_SERVERS).handlers):
        handler.setFormatter(logging.Formatter(shown))


def tell(logger: logging.Logger, level: int, message: str, **fields: object) -> None:
    """Write a line, with what is known of the event by name."""
    logger.log(level, message, extra={"fields": fields})


def person_hash(name: str) -> str:
    """Stand-in for a person: the same in every process that has the same cookie secret.

    Without the secret nobody can try names out against it (HMAC, RFC 2104).
    """
    secret = get_cookie_secret().encode()
    return hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:PERSON_CHARACTERS]
