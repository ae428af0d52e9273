"""The line of a running training fits its terminal and says the time left."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from keras_dgggan.training.callbacks import RunState
from keras_dgggan.training.progress import ProgressCallback, duration

LOGS = {
    "loss": 0.123456,
    "pixel": 0.0654321,
    "image_critic_wasserstein": 1.2345,
    "gradient_critic_wasserstein": -0.0123,
}


def shown(width, *, terminal, steps=40, seconds=2.0):
    """What a run of so many steps prints whose steps take so many seconds."""
    now = [0.0]
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, color_system=None)
    model = SimpleNamespace(
        step=SimpleNamespace(numpy=lambda: model.updates),
        updates=0,
        accumulate=1,
        training_logs=lambda: LOGS,
    )
    state = RunState(None, None, best_psnr=28.25)
    callback = ProgressCallback(console, state, steps=steps, clock=lambda: now[0])
    callback.set_model(model)
    callback.on_train_begin()
    for step in range(1, steps + 1):
        now[0] += seconds
        model.updates = step
        callback.on_train_batch_end(step - 1)
        if step == 20:
            # The terminal is drawn by a thread now and then.
            callback.progress.refresh()
    callback.on_train_end()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())


@pytest.mark.parametrize(
    ("width", "there", "dropped"),
    [
        (40, "20 left", "loss"),
        (60, "loss 0.1235", "W image"),
        (80, "pixel 0.06543", "best"),
        (160, "W gradient -0.0123  best 28.25 dB", None),
    ],
)
def test_terms_are_dropped_as_the_terminal_narrows(width, there, dropped):
    lines = [line.rstrip() for line in re.split(r"[\r\n]", shown(width, terminal=True))]
    line = next(line for line in lines if line.startswith("step 20/40"))
    assert len(line) <= width
    assert line.startswith("step 20/40  2 s/step")
    assert "0:40 left" in line
    assert dropped is None or dropped not in line
    assert there.replace("20 left", "0:40 left") in line


def test_without_a_terminal_lines_come_at_sensible_times_with_rate_and_time_left():
    lines = shown(80, terminal=False, steps=1000, seconds=2.0).splitlines()
    assert lines[0] == "996 steps to go: 33:12, and the validations"
    steps = [int(re.match(r"step (\d+)/1000 ", line)[1]) for line in lines[1:]]
    gaps = [2 * (b - a) for a, b in zip([0, *steps], steps, strict=False)]
    assert gaps[0] == 10 and max(gaps) <= 62 and steps[-1] == 1000
    assert len(steps) < 60
    assert "2 s/step" in lines[5] and " left" in lines[5] and "loss 0.1235" in lines[5]


def test_a_short_run_says_its_last_step():
    assert shown(80, terminal=False, steps=3).splitlines()[-1].startswith("step 3/3")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (172800, "2 d 0 h")]
)
def test_times_are_said_as_people_say_them(seconds, text):
    assert duration(seconds) == text
