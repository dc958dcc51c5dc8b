"""The health of a long-running part over HTTP: /healthz, /readyz and /metrics, served by a thread of its own."""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final, Self

from infra.failures import why
from infra.language import translate as _

Ready = Callable[[], str | None]
"""Says why a part is not ready, None when it is. It may raise: then it is not, and the error says why."""

TEXT: Final = "text/plain; charset=utf-8"
_METRICS: Final = "text/plain; version=1.0.0; charset=utf-8"


class HealthError(Exception):
    """The health cannot be served at the address that the settings name."""


class HealthServer:
    """Serves the health of this process until its `with` block ends.

    - /healthz: 200 while the process runs.
    - /readyz: 200 when the part does its work, else 503 with why not.
    - /metrics: the metrics, as Prometheus reads them; 503 where they cannot be had.
    """

    def __init__(self, host: str, port: int, ready: Ready, metrics: Callable[[], bytes]) -> None:
        answers: dict[str, Callable[[], tuple[HTTPStatus, str, bytes]]] = {
            "/healthz": lambda: (HTTPStatus.OK, TEXT, b"ok\n"),
            "/readyz": lambda: _readiness(ready()),
            "/metrics": lambda: (HTTPStatus.OK, _METRICS, metrics()),
        }

        class Handler(_Handler):
            routes = answers

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise HealthError(
                _(
                    "the health cannot be served at {host}:{port} ({error}): set JEJAK_HEALTH_HOST and"
                    " JEJAK_HEALTH_PORT to an address of this machine that is free"
                ).format(host=host, port=port, error=why(error))
            ) from error
        self._thread = Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port that it is served on, the one found where 0 was asked for."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _readiness(reason: str | None) -> tuple[HTTPStatus, str, bytes]:
    if reason is None:
        return HTTPStatus.OK, TEXT, b"ready\n"
    return HTTPStatus.SERVICE_UNAVAILABLE, TEXT, f"{reason}\n".encode()


class _Handler(BaseHTTPRequestHandler):
    routes: dict[str, Callable[[], tuple[HTTPStatus, str, bytes]]]

    def do_GET(self) -> None:
        """Answer one request."""
        route = self.routes.get(self.path.partition("?")[0])
        if route is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            status, kind, body = route()
        except Exception as error:  # noqa: BLE001 - whatever fails is told to whoever asks
            status, kind, body = (
                HTTPStatus.SERVICE_UNAVAILABLE,
                TEXT,
                f"{type(error).__name__}: {error}\n".encode(),
            )
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: somebody asks every few seconds."""
