"""A network between browser and server that can be cut, as it is while a laptop sleeps."""

import socket
import threading
from contextlib import closing, contextmanager, suppress


class Relay:
    """Passes bytes on between its own port and another, until it is cut."""

    def __init__(self, to):
        self._to = to
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open = set()
        self._whole = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """End every connection, and let none through until `mend`."""
        self._whole = False
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self._whole = True

    def close(self):
        self._listening.close()
        self.cut()

    def _accept(self):
        with suppress(OSError):
            while True:
                client = self._listening.accept()[0]
                if not self._whole:
                    client.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._to), timeout=5)
                except OSError:  # nobody serves at the moment
                    client.close()
                    continue
                server.settimeout(None)
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one, other):
        self._open.add(one)
        with closing(one), suppress(OSError):
            while piece := one.recv(65_536):
                other.sendall(piece)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        self._open.discard(one)


@contextmanager
def relayed(port):
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.close()
