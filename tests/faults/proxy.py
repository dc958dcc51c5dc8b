"""What stands between a client and PostgreSQL, and can lose the answer to a commit."""

import socket
import threading
from contextlib import suppress
from typing import Self

from psycopg import conninfo


class Proxy:
    """Passes on what clients and server say; while it `swallows`, the answer to the next COMMIT gets lost."""

    def __init__(self, url: str) -> None:
        parts = conninfo.conninfo_to_dict(url)
        self._server = (str(parts["host"]), int(parts["port"] or 0))
        self._listening = socket.create_server(("127.0.0.1", 0))
        plain = {"host": "127.0.0.1", "port": self._listening.getsockname()[1], "sslmode": "disable"}
        self.url = conninfo.make_conninfo(url, gssencmode="disable", **plain)
        self.swallows = False
        self.swallowed = 0
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # when it is shut down
            while True:
                client, _ = self._listening.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(client,)))
                self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        committing = threading.Event()
        with client, socket.create_connection(self._server) as server:
            up = threading.Thread(target=self._pass_up, args=(client, server, committing))
            up.start()
            with suppress(OSError):
                while data := server.recv(65_536):
                    if committing.is_set():
                        self.swallowed += 1
                        break
                    client.sendall(data)
            for each in (client, server):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            up.join()

    def _pass_up(self, client: socket.socket, server: socket.socket, committing: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                if self.swallows and b"COMMIT" in data:
                    self.swallows = False
                    committing.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)
