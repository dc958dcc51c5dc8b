"""kill -9, for the tests of it."""

import signal
import subprocess

from tests.acceptance.cli import SECONDS


def killed(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Kill a process after so many seconds; tell whether it was still at work."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate(timeout=SECONDS)
    return process.returncode == -signal.SIGKILL
