"""Signals before the first step end the command at once, with the codes of a stopped run."""

import contextlib
import signal
import subprocess
import sys

import pytest

from keras_dgggan.training.signals import StopSignals, exit_on_signals

CODE = """
import signal, time
from keras_dgggan.cli import main, train

def starting():
    signal.raise_signal(signal.{name})
    time.sleep(60)

train.import_tensorflow = starting
main(["train", "quickstart", "--run-dir", {run!r}])
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_while_the_command_starts_has_its_exit_code(number, code, tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", CODE.format(name=number.name, run=str(tmp_path / "run"))],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == code
    assert process.stderr == f"stopped by {number.name}\n"


def test_an_early_signal_that_python_passed_over_still_stops_the_run():
    with exit_on_signals():
        with contextlib.suppress(SystemExit):  # as in a destructor
            signal.raise_signal(signal.SIGTERM)
        with StopSignals() as signals:
            assert signals.received is signal.SIGTERM
    with StopSignals() as signals:
        assert signals.received is None
