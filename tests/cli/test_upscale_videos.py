import json
from pathlib import Path

import pytest
from checks import python
from PIL import Image


def test_a_missing_pyav_is_named_with_the_command_that_installs_it(here):
    Path("a.mp4").write_bytes(b"not read")
    code = (
        "import sys; sys.modules['av'] = None\n"
        "from keras_dgggan.cli import main; main(['upscale', 'a.mp4'], standalone_mode=False)"
    )
    with pytest.raises(AssertionError, match=r"pip install 'keras-dgggan\[video\]'"):
        python(code, fresh=True)


def test_videos_in_folders_are_passed_over_and_that_is_said(here, upscale, nearest):
    Path("in").mkdir()
    Path("in/a.mp4").write_bytes(b"not read")
    result = upscale("in", "--model", nearest)
    assert result.exit_code == 2
    assert "no images in 'in' (1 in folders passed over: videos are taken when" in result.output
    Image.new("RGB", (4, 3)).save("in/b.png")
    result = upscale("in", "--model", nearest)
    assert result.exit_code == 0 and "1 in folders passed over" in result.output
    assert Path("in/b_sr.png").exists()


def test_pictures_do_not_become_videos_nor_the_other_way_round(here, upscale):
    Path("a.mp4").write_bytes(b"not read")
    Image.new("RGB", (4, 3)).save("b.png")
    for arguments, told in [
        (["b.png", "-o", "c.mp4"], "'b.png' is no video by its name, and cannot become mp4"),
        (["a.mp4", "-o", "c.png"], "'a.mp4' is a video by its name, and cannot become png"),
        (["a.mp4", "--format", "gif"], "'a.mp4' is a video by its name, and cannot become gif"),
        (["a.mp4", "-o", "-"], "'a.mp4' is a video, which is not written to standard output"),
        (["b.png", "--crf", "20"], "--crf is for videos: no input is one"),
    ]:
        result = upscale(*arguments)
        assert result.exit_code == 2 and told in result.output


def test_a_video_is_upscaled_by_the_command(here, upscale, nearest):
    pytest.importorskip("av", reason="needs PyAV: pip install 'keras-dgggan[video]'")
    from clips import clip, packets_of, times_of

    clip(Path("a.mp4"), frames=6, size=(32, 24), audio_from=0.1)
    Image.new("RGB", (8, 6)).save("b.png")
    result = upscale("a.mp4", "b.png", "--model", nearest, "--json", "--preset-speed", "ultrafast")
    assert result.exit_code == 0, result.output
    assert "a.mp4 -> a_sr.mp4  128x96, 6 frames" in result.output
    details = json.loads(result.stdout)["results"][0]
    assert (details["frames"], details["model"], details["notes"]) == (6, nearest, [])
    assert times_of(Path("a_sr.mp4")) == times_of(Path("a.mp4"))
    assert packets_of(Path("a_sr.mp4")) == packets_of(Path("a.mp4"))
    options = ("--start", "0.08", "--duration", "0.08", "--codec", "ffv1")
    result = upscale("a.mp4", "--format", "mkv", "--model", nearest, *options)
    assert result.exit_code == 0 and "2 frames" in result.output
    result = upscale("a.mp4", "-o", "c.mp4", "--compare", "--model", nearest)
    assert result.exit_code == 1 and "--compare is for pictures" in result.output
