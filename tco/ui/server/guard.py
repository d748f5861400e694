"""The door of the server: by which names it may be called, and the headers on every answer."""

import base64
import hashlib
import re
from collections.abc import Collection, Mapping
from importlib.resources import files
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tco.service.hosts import is_called_by, names_one_of
from tco.ui.server.metrics import METRICS, REFUSED_REQUESTS

MULTIPLE_CHOICES: Final = 300
"""Sends a browser on to the next place as 404 does, without an error in its console."""
FORBIDDEN: Final = 403
MISDIRECTED: Final = 421
POLICY_VIOLATION: Final = 1008
UNKNOWN_NAME: Final = (
    "This page does not answer to the name it was called by. Whoever runs it can add the name: "
    "tco app --host NAME."
)
FOREIGN: Final = "A page of another site may not ask this one."
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy(frame: str) -> str:
    """Write what the page may load and run: its own files, and the scripts inside its frame.

    Parameters
    ----------
    frame
        HTML that the server sends for every page.

    Examples
    --------
    >>> content_security_policy("<script>1</script>").split("; ")[1]
    "script-src 'self' 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"
    """
    digests = (hashlib.sha256(text.encode()).digest() for text in _INLINE_SCRIPT.findall(frame))
    known = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{known}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def headers() -> dict[str, str]:
    """Headers that every answer carries."""
    frame = files("streamlit") / "static" / "index.html"
    return {
        "Content-Security-Policy": content_security_policy(frame.read_text("utf-8")),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def is_asked_from(origin: str, allowed: Collection[str]) -> bool:
    """Whether an Origin header is that of a page under one of the names that the page answers to.

    What comes from elsewhere is refused here: further in, Streamlit asks a server on the internet
    by which address this machine is known, to compare it with.

    Examples
    --------
    >>> is_asked_from("http://localhost:8501", ["localhost"])
    True
    >>> is_asked_from("https://evil.example", ["localhost"]), is_asked_from("null", ["localhost"])
    (False, False)
    """
    scheme, _, host = origin.partition("://")
    return scheme in {"http", "https"} and is_called_by(host, allowed)


class Guard:
    """Middleware that keeps out other names and other sites' pages, and puts the headers on.

    A browser that opens a page other than the first looks for the server below that page before
    it looks at the root. The guard sends it on quietly.

    Parameters
    ----------
    added
        Headers to put on.
    base
        Path under which the page is served; empty at the root.
    hosts
        Names that the page answers to.
    """

    def __init__(
        self, app: ASGIApp, added: Mapping[str, str], base: str, hosts: Collection[str]
    ) -> None:
        root = f"/{base.strip('/')}".rstrip("/")
        self._app = app
        self._added = added
        self._hosts = tuple(hosts)
        self._below_a_page = re.compile(
            rf"{re.escape(root)}/[^/]+/_stcore/(?:health|host-config)",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with the headers."""

        async def _send(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._added)
            await send(message)

        refused = self._refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if refused is not None:
            why = "name" if refused.status_code == MISDIRECTED else "origin"
            METRICS.count(REFUSED_REQUESTS, "code", why)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            else:
                await refused(scope, receive, _send)
            return
        sent_on = self._below_a_page.fullmatch(scope.get("path", ""))
        answer: ASGIApp = Response(status_code=MULTIPLE_CHOICES) if sent_on else self._app
        # What an open connection sends has no headers, and a rerun sends seventy messages.
        await answer(scope, receive, send if scope["type"] == "websocket" else _send)

    def _refusal(self, scope: Scope) -> Response | None:
        """Answer to a request by another name, or from a page of another site; None to others."""
        if not names_one_of(scope, self._hosts):
            return PlainTextResponse(UNKNOWN_NAME, status_code=MISDIRECTED)
        origins = [value for key, value in scope["headers"] if key == b"origin"]
        if not all(is_asked_from(origin.decode("latin-1"), self._hosts) for origin in origins):
            return PlainTextResponse(FOREIGN, status_code=FORBIDDEN)
        return None
