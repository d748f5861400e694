"""A browser is opened for the one who starts the page on this machine, and for nobody else."""

import asyncio

import pytest

from tco.ui.server import asgi


@pytest.mark.parametrize(
    ("headless", "opened"), [(False, ["http://127.0.0.1:8765"]), (True, [])], ids=["own", "served"]
)
def test_a_browser_is_opened_unless_the_page_is_served_to_others(monkeypatch, headless, opened):
    options = {"server.headless": headless, "server.address": "127.0.0.1", "server.port": 8765}
    asked = []
    monkeypatch.setattr(asgi.st, "get_option", options.get)
    monkeypatch.setattr(asgi.webbrowser, "open", asked.append)
    monkeypatch.setattr(asgi, "OPENS_AFTER_S", 0.0)

    async def start():
        async with asgi.open_browser(asgi.app):
            while len(asked) < len(opened):
                await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(start())
    assert asked == opened
