"""One visitor of the page over its websocket, as a browser speaks: what is sent, what is shown."""

import io
import time
from dataclasses import dataclass, field

import pyarrow as pa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

VOLUME = "Requests a month"


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
    seconds: float
    bytes: int
    screen: Screen


@dataclass(slots=True)
class Visitor:
    """A session of its own."""

    number: int
    socket: ClientConnection
    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)

    async def open_page(self) -> float:
        """Load the page; gives the seconds until it is whole."""
        seconds, _ = await self._run(None)
        return seconds

    async def change(self, requests_per_month: float) -> Rerun:
        """Type another volume and wait until the page is whole again."""
        seconds, received = await self._run(requests_per_month)
        return Rerun(self.number, requests_per_month, seconds, received, self._screen())

    async def _run(self, requests_per_month: float | None) -> tuple[float, int]:
        message = BackMsg()
        message.rerun_script.query_string = ""
        if requests_per_month is not None:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.double_value = self._volume_input(), requests_per_month
        start, received = time.perf_counter(), 0
        await self.socket.send(message.SerializeToString())
        while True:
            content = await self.socket.recv()
            received += len(content)
            answer = ForwardMsg()
            answer.ParseFromString(bytes(content))
            kind = answer.WhichOneof("type")
            if kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                place = tuple(answer.metadata.delta_path)
                self.elements[place] = answer.delta.new_element
            if kind == "script_finished":
                return time.perf_counter() - start, received

    def _volume_input(self) -> str:
        inputs = (e.number_input for e in self._shown("number_input"))
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


async def visit(number: int, port: int) -> Visitor:
    """Connect as the page's own script does."""
    socket = await connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=["streamlit"],
        compression=None,
        max_size=None,
        open_timeout=30,
    )
    return Visitor(number, socket)


def _cells(content: bytes) -> tuple[tuple[str, ...], ...]:
    table = pa.ipc.open_stream(io.BytesIO(content)).read_all()
    return tuple(tuple(str(cell) for cell in row.values()) for row in table.to_pylist())
