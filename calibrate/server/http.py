"""The little of HTTP that a load generator needs, on asyncio streams.

One connection per request: a load test must not queue behind a pool. Answers are read as they come,
so that every token can be stamped with the time it arrived.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from pricing.errors import InputError, Problem

LONGEST_LINE_BYTES: Final = 8 * 1024 * 1024
DONE: Final = "[DONE]"


class HttpError(Exception):
    """An answer other than 200, or none at all."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server answers."""

    host: str
    port: int
    path: str = ""
    secure: bool = False

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an address such as ``http://127.0.0.1:8000``.

        Raises
        ------
        InputError
            If it is not one.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1:
            raise InputError(
                Problem(
                    "base_url",
                    url,
                    "must be http://host:port, a path may follow",
                    "Correct the address.",
                )
            )
        secure = parts.scheme == "https"
        # The clients of other tools are given the address with /v1 at its end.
        path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
        return cls(parts.hostname, port or (443 if secure else 80), path, secure)

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}{self.path}"


async def get(address: Address, path: str, *, timeout_s: float, api_key: str = "") -> bytes:
    """Body of a 200 answer.

    Raises
    ------
    HttpError
        For any other answer, none, or one that is too late.
    """
    try:
        async with asyncio.timeout(timeout_s), _sent(address, "GET", path, b"", api_key) as answer:
            return b"".join([part async for part in answer])
    except TimeoutError:
        raise HttpError("timeout") from None


async def post_events(
    address: Address, path: str, document: dict[str, object], *, api_key: str = ""
) -> AsyncIterator[str]:
    """Send a document and yield the data of every event of the answer, as it arrives.

    Raises
    ------
    HttpError
        If the answer is not 200, or breaks off; ``truncated`` where it ends without ``[DONE]``.
    """
    body = json.dumps(document, separators=(",", ":")).encode()
    rest = b""
    async with _sent(address, "POST", path, body, api_key) as answer:
        async for part in answer:
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    data = line[5:].strip().decode()
                    if data == DONE:
                        return
                    yield data
    raise HttpError("truncated", "the stream ended without [DONE]")


@asynccontextmanager
async def _sent(
    address: Address, method: str, path: str, body: bytes, api_key: str = ""
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Send a request; the parts of a 200 answer's body."""
    context = ssl.create_default_context() if address.secure else None
    try:
        reader, writer = await asyncio.open_connection(
            address.host, address.port, ssl=context, limit=LONGEST_LINE_BYTES
        )
    except OSError as error:
        raise HttpError("no_connection", str(error)) from None
    status = 0
    try:
        head = [
            f"{method} {address.path}{path} HTTP/1.1",
            f"Host: {address.host}:{address.port}",
            "Connection: close",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *([f"Authorization: Bearer {api_key}"] if api_key else []),
        ]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        status, headers = await _head(reader)
        parts = _parts(reader, headers)
        if status != 200:
            said = b"".join([part async for part in parts])[:300]
            raise HttpError(f"http_{status}", said.decode(errors="replace"))
        yield parts
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise HttpError("truncated" if status else "connection_lost", str(error)) from None
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    first = (await reader.readuntil(b"\r\n")).decode("latin-1").split(" ", 2)
    if len(first) < 2 or not first[1].isdigit():
        raise HttpError("not_http")
    headers = {}
    while (line := (await reader.readuntil(b"\r\n")).strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(first[1]), headers


async def _parts(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    """Body as it arrives, by chunks, by length, or to the end of the connection."""
    if "chunked" in headers.get("transfer-encoding", ""):
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            yield await reader.readexactly(size)
            await reader.readexactly(2)
        return
    if "content-length" in headers:
        yield await reader.readexactly(int(headers["content-length"]))
        return
    while part := await reader.read(1 << 16):
        yield part
