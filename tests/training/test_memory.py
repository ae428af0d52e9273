import sys

import pytest
from checks import python
from tiny_runs import GAN, write_recipe

RUN = """
import os
from keras_dgggan.recipe import load_recipe
from keras_dgggan.training import callbacks, train

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

sizes = {{}}
on_step = callbacks.LogCallback.on_step

def watched(self, step):
    on_step(self, step)
    if step in (500, 2000):
        sizes[step] = resident()

callbacks.LogCallback.on_step = watched
train(load_recipe({recipe!r}), {run!r})
print(sizes[500], sizes[2000])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_over_2000_steps(tmp_path):
    recipe = write_recipe(
        tmp_path,
        loss=GAN,
        data={"valid": {"source": "folder", "path": "images"}},
        training={"steps": 2000, "ema_decay": 0.9, "deterministic": False},
        validation={"every": 250, "images": 1},
        checkpoint={"every": 250},
        log={"every": 20},
    )
    code = RUN.format(recipe=str(recipe), run=str(tmp_path / "run"))
    printed = python(code, KERAS_DGGGAN_CACHE=str(tmp_path / "cache"))
    early, late = map(int, printed.split()[-2:])
    assert late < 1.05 * early, f"{early / 2**20:.0f} MiB at 500, {late / 2**20:.0f} MiB at 2000"
