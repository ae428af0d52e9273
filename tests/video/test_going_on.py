import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

av = pytest.importorskip("av", reason="needs PyAV: pip install 'keras-dgggan[video]'")

from clips import Nearest, checksums, clip, packets_of, times_of  # noqa: E402

from keras_dgggan.errors import OutputError, UsageError  # noqa: E402
from keras_dgggan.video import VideoOptions, upscale_video  # noqa: E402


class Stops(Nearest):
    """Stops after some frames, as by Ctrl-C."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def __repr__(self) -> str:
        return "Nearest(2)"

    def upscale_frames(self, frames):
        for number, frame in enumerate(super().upscale_frames(frames)):
            if number == self.after:
                raise KeyboardInterrupt
            yield frame


def test_a_run_that_was_stopped_goes_on_and_ends_as_one_that_was_not(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=100, key_every=10, audio_from=0.2)
    upscale_video(source, tmp_path / "whole.mp4", Nearest())
    with pytest.raises(KeyboardInterrupt):
        upscale_video(source, tmp_path / "b.mp4", Stops(65))
    assert not (tmp_path / "b.mp4").exists()
    rest = Nearest()
    reports = []
    made = upscale_video(source, tmp_path / "b.mp4", rest, report=reports.append)
    # Pieces of 30 frames, at key frames: two were done.
    assert (made["frames"], rest.frames) == (100, 40)
    assert (reports[0].frames, reports[-1].frames, reports[-1].of) == (61, 100, 100)
    assert checksums(tmp_path / "b.mp4") == checksums(tmp_path / "whole.mp4")
    for kind in (times_of, packets_of):
        assert kind(tmp_path / "b.mp4") == kind(tmp_path / "whole.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4", "whole.mp4"]


def test_pieces_of_other_options_are_not_mixed(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=60, key_every=10)
    with pytest.raises(KeyboardInterrupt):
        upscale_video(source, tmp_path / "b.mp4", Stops(40))
    other = VideoOptions(crf=30)
    with pytest.raises(UsageError, match=r"b.mp4.parts' holds the beginning of another run"):
        upscale_video(source, tmp_path / "b.mp4", Nearest(), options=other)
    upscaler = Nearest()
    upscale_video(source, tmp_path / "b.mp4", upscaler, options=other, overwrite=True)
    assert upscaler.frames == 60


def test_a_piece_that_was_cut_off_is_made_again(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=100, key_every=10)
    upscale_video(source, tmp_path / "whole.mp4", Nearest())
    with pytest.raises(KeyboardInterrupt):
        upscale_video(source, tmp_path / "b.mp4", Stops(95))
    second = tmp_path / "b.mp4.parts" / "000001.bin"
    second.write_bytes(second.read_bytes()[:-5])
    upscaler = Nearest()
    upscale_video(source, tmp_path / "b.mp4", upscaler)
    assert upscaler.frames == 70
    assert checksums(tmp_path / "b.mp4") == checksums(tmp_path / "whole.mp4")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_told_with_the_outputs_name_and_what_is_done_stays(tmp_path, monkeypatch):
    source = clip(tmp_path / "a.mp4", frames=60, key_every=10)

    def refused(self, *arguments):
        Path("/dev/full").write_bytes(b"x")

    with monkeypatch.context() as patched:
        patched.setattr("keras_dgggan.video.piece_folder.PieceFolder._written", refused)
        with pytest.raises(OutputError, match="cannot be written: No space left on device"):
            upscale_video(source, tmp_path / "b.mp4", Nearest())
    assert not (tmp_path / "b.mp4").exists()
    assert upscale_video(source, tmp_path / "b.mp4", Nearest())["frames"] == 60


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_in_the_middle_costs_no_frame(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=150, key_every=10, audio_from=0.1)
    upscale_video(source, tmp_path / "whole.mp4", Nearest())
    code = textwrap.dedent(
        """
        import sys, time
        from clips import Nearest
        from keras_dgggan.video import upscale_video

        class Slow(Nearest):
            def __repr__(self):
                return "Nearest(2)"

            def upscale_frames(self, frames):
                for frame in super().upscale_frames(frames):
                    time.sleep(0.02)
                    yield frame

        upscale_video("a.mp4", "b.mp4", Slow())
        """
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment)
    while not list(tmp_path.glob("b.mp4.parts/000001.json")):
        assert process.poll() is None
    process.kill()
    process.wait()
    assert not (tmp_path / "b.mp4").exists()
    upscaler = Nearest()
    upscale_video(tmp_path / "a.mp4", tmp_path / "b.mp4", upscaler)
    assert 0 < upscaler.frames <= 90
    assert checksums(tmp_path / "b.mp4") == checksums(tmp_path / "whole.mp4")
    assert packets_of(tmp_path / "b.mp4") == packets_of(tmp_path / "whole.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4", "whole.mp4"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_flat_over_two_thousand_frames(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=2000, size=(128, 64), key_every=50)

    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    sizes = {}

    def report(progress) -> None:
        if progress.frames in (500, 2000):
            sizes[progress.frames] = resident()

    options = VideoOptions(speed="ultrafast")
    upscale_video(source, tmp_path / "b.mp4", Nearest(), options=options, report=report)
    # 1,500 larger frames would take 147 MB.
    assert sizes[2000] - sizes[500] < 40e6
