"""One visitor of the page over its websocket, as a browser speaks: what is sent, what is shown.

Like a browser it asks for compression, keeps the messages that the server marks for it, and says
with every change which page it is on, what every input holds and which messages it still has; the
server then sends their hash alone.
"""

import io
import time
from dataclasses import dataclass, field

import pyarrow as pa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

VOLUME = "Requests a month"
RUNS_KEPT = 2
"""A message that was not shown for more runs than this is forgotten, as Streamlit's script does."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a visitor sees after one run of the page."""

    headings: tuple[str, ...]
    texts: tuple[str, ...]
    tiles: dict[str, str]
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    """Those that are open; most wait to be asked for."""
    charts: tuple[str, ...]
    """Figures as they are sent, in JSON."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """One change of an input, and what came of it."""

    visitor: int
    requests_per_month: float
    began_s: float
    """When it was asked for, by `time.perf_counter`."""
    seconds: float
    traffic: "Traffic"
    screen: Screen


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes over the websocket for one run."""

    received: int
    """Messages as the page reads them."""
    received_compressed: int
    """The same on the wire, frames and all."""
    sent: int


class Wire(ClientConnection):
    """A connection that counts what comes in."""

    received = 0

    def data_received(self, data: bytes) -> None:
        """Count, then go on."""
        self.received += len(data)
        super().data_received(data)


@dataclass(slots=True)
class Visitor:
    """A session of its own."""

    number: int
    socket: Wire
    page: str = ""
    """Which page of the planner; the first where it is empty."""
    query: str = ""
    """What stands behind the address, as of a share link."""
    script: str = ""
    """Which page the server says this is; without it every change is one of page."""
    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)
    runs: int = 0
    kept: dict[str, tuple[int, Element]] = field(default_factory=dict)
    """Elements by the hash of their message, with the run they were last shown in."""

    async def open_page(self) -> float:
        """Load the page; gives the seconds until it is whole."""
        seconds, _ = await self._run(None)
        return seconds

    async def change(self, requests_per_month: float) -> Rerun:
        """Type another volume and wait until the page is whole again."""
        began_s = time.perf_counter()
        seconds, traffic = await self._run(requests_per_month)
        screen = self._screen()
        return Rerun(self.number, requests_per_month, began_s, seconds, traffic, screen)

    def asking(self, requests_per_month: float | None) -> bytes:
        """Write what a browser sends for a run of the page, with another volume or none."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        message.rerun_script.page_script_hash = self.script
        message.rerun_script.cached_message_hashes.extend(self.kept)
        if requests_per_month is not None:
            held = {**self._held(), self._volume_input(): f"{requests_per_month:.0f}"}
            for widget, text in held.items():
                state = message.rerun_script.widget_states.widgets.add()
                state.id, state.string_value = widget, text
        return message.SerializeToString()

    async def _run(self, requests_per_month: float | None) -> tuple[float, Traffic]:
        asked = self.asking(requests_per_month)
        start, received, before = time.perf_counter(), 0, self.socket.received
        await self.socket.send(asked)
        while True:
            content = await self.socket.recv()
            received += len(content)
            answer = ForwardMsg()
            answer.ParseFromString(bytes(content))
            self._show(answer)
            if answer.WhichOneof("type") == "script_finished":
                seconds = time.perf_counter() - start
                self._forget()
                on_the_wire = self.socket.received - before
                return seconds, Traffic(received, on_the_wire, len(asked))

    def _show(self, answer: ForwardMsg) -> None:
        """Put an element in its place: one that came, or one kept from an earlier run."""
        if answer.WhichOneof("type") == "ref_hash":
            _, element = self.kept[answer.ref_hash]
            self.kept[answer.ref_hash] = (self.runs, element)
        elif answer.WhichOneof("type") == "navigation":
            self.script = answer.navigation.page_script_hash
            return
        elif answer.delta.WhichOneof("type") == "new_element":
            element = answer.delta.new_element
            if answer.metadata.cacheable:
                self.kept[answer.hash] = (self.runs, element)
        else:
            return
        self.elements[tuple(answer.metadata.delta_path)] = element

    def _forget(self) -> None:
        self.runs += 1
        self.kept = {
            key: (run, element)
            for key, (run, element) in self.kept.items()
            if self.runs - run <= RUNS_KEPT
        }

    def _held(self) -> dict[str, str]:
        """What inputs and lists hold where nothing was typed or chosen, by their id."""
        texts = {e.text_input.id: e.text_input.default for e in self._shown("text_input")}
        lists = (e.selectbox for e in self._shown("selectbox") if e.selectbox.HasField("default"))
        return texts | {one.id: one.options[one.default] for one in lists}

    def _volume_input(self) -> str:
        inputs = (e.text_input for e in self._shown("text_input"))
        return next(found.id for found in inputs if found.label == VOLUME)

    def _shown(self, kind: str) -> list[Element]:
        return [e for _, e in sorted(self.elements.items()) if e.WhichOneof("type") == kind]

    def _screen(self) -> Screen:
        metrics = (element.metric for element in self._shown("metric"))
        return Screen(
            headings=tuple(e.heading.body for e in self._shown("heading")),
            texts=tuple(e.markdown.body for e in self._shown("markdown")),
            tiles={metric.label: metric.body for metric in metrics},
            tables=tuple(_cells(e.table.arrow_data.data) for e in self._shown("table")),
            charts=tuple(e.plotly_chart.spec for e in self._shown("plotly_chart")),
        )


async def visit(number: int, port: int, page: str = "", query: str = "") -> Visitor:
    """Connect as the page's own script does."""
    socket = await connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=["streamlit"],
        compression="deflate",
        max_size=None,
        open_timeout=30,
        create_connection=Wire,
    )
    assert isinstance(socket, Wire)
    return Visitor(number, socket, page, query)


def _cells(content: bytes) -> tuple[tuple[str, ...], ...]:
    table = pa.ipc.open_stream(io.BytesIO(content)).read_all()
    return tuple(tuple(str(cell) for cell in row.values()) for row in table.to_pylist())
