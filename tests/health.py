"""Asks a long-running part for its health, as an operator's tools do."""

from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.waiting import wait_until


def get(port: int, path: str) -> tuple[int, str]:
    """Return the status and the text with which a part answers; 0 and nothing while it does not listen."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except URLError:
        return 0, ""


def metrics(port: int) -> dict[str, float]:
    """Return the metrics of a part, by name and labels as they are shown."""
    status, text = get(port, "/metrics")
    assert status == HTTPStatus.OK, text
    found = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in found}


def wait_until_ready(port: int) -> None:
    """Wait until a part is ready."""
    wait_until(lambda: get(port, "/readyz") == (HTTPStatus.OK, "ready\n"), lambda: get(port, "/readyz"))
