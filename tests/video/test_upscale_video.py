import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip("av", reason="needs PyAV: pip install 'keras-dgggan[video]'")

from clips import (  # noqa: E402
    Nearest,
    centres,
    clip,
    decoded,
    packets_of,
    pattern,
    times_of,
)

from keras_dgggan.errors import OutputError, UsageError  # noqa: E402
from keras_dgggan.images.channels import upscale_picture  # noqa: E402
from keras_dgggan.video import VideoFileError, VideoOptions, upscale_video  # noqa: E402
from keras_dgggan.video.colour import ToRgb, colour_of  # noqa: E402

VARYING = [0, 300, 1111, 1500, 4000, 4100, 9000]


def rgb(frame, *, deep: bool = False) -> np.ndarray:
    colour = colour_of(frame).settled(frame.format.name, frame.width, frame.height)
    pixels = ToRgb(colour, deep=deep)(frame)
    return pixels / 257 if deep else pixels.astype(float)


@pytest.mark.parametrize("target", ["large.mp4", "large.mkv", "large.mov"])
@pytest.mark.parametrize("times", [None, VARYING], ids=["constant", "variable"])
def test_times_and_sound_are_the_sources_own(tmp_path, times, target):
    source = clip(tmp_path / "clip.mp4", times=times, audio_from=0.3)
    made = upscale_video(source, tmp_path / target, Nearest())
    assert (made["width"], made["height"], made["notes"]) == (96, 64, [])
    assert made["frames"] == len(times or range(10))
    # Matroska counts milliseconds.
    near = Fraction(1, 2000) if target.endswith("mkv") else 0
    for kind in (times_of, lambda path: [time for time, _ in packets_of(path)]):
        before, after = kind(source), kind(tmp_path / target)
        assert len(before) == len(after)
        assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= near
    before, after = (packets_of(path) for path in (source, tmp_path / target))
    assert [data for _, data in before] == [data for _, data in after]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["clip.mp4", target])


def test_matroska_keeps_its_packets_and_times(tmp_path):
    times = [0, 40, 80, 121, 160, 233]
    source = clip(tmp_path / "a.mkv", tick=Fraction(1, 1000), times=times, audio_from=0.1)
    upscale_video(source, tmp_path / "b.mkv", Nearest())
    assert times_of(tmp_path / "b.mkv") == times_of(source)
    assert packets_of(tmp_path / "b.mkv") == packets_of(source)


@pytest.mark.parametrize("matrix", [1, 6])
@pytest.mark.parametrize("color_range", [1, 2])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv420p10le"])
def test_colours_are_those_of_the_still_picture(tmp_path, matrix, color_range, pixel_format):
    source = clip(
        tmp_path / "a.mp4",
        frames=2,
        matrix=matrix,
        color_range=color_range,
        pixel_format=pixel_format,
    )
    options = VideoOptions(crf=1)
    upscale_video(source, tmp_path / "b.mp4", Nearest(), options=options)
    frame = decoded(tmp_path / "b.mp4")[0]
    assert (int(frame.colorspace), int(frame.color_range)) == (matrix, color_range)
    assert (int(frame.color_primaries), int(frame.color_trc)) == (matrix, 1)
    assert frame.format.name.replace("j", "") == pixel_format
    deep = "10" in pixel_format
    still = upscale_picture(pattern(0, 48, 32), lambda x: x.repeat(2, 0).repeat(2, 1), 2)
    assert np.abs(centres(rgb(frame, deep=deep)) - centres(still)).max() <= 2


def test_colours_that_are_not_named_are_taken_as_players_take_them_and_named(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=1, matrix=6, tagged=False)
    upscale_video(source, tmp_path / "b.mp4", Nearest(), options=VideoOptions(crf=1))
    frame = decoded(tmp_path / "b.mp4")[0]
    # A player would take the larger one for BT.709 if it said nothing.
    assert int(frame.colorspace) == 6
    assert np.abs(centres(rgb(frame)) - centres(pattern(0, 48, 32))).max() <= 2


def test_a_turn_and_the_pixels_shape_are_kept_once(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=2, rotation=90, shape=Fraction(4, 3))
    upscale_video(source, tmp_path / "b.mp4", Nearest())
    upscale_video(source, tmp_path / "b.webm", Nearest())
    kept, turned = (decoded(tmp_path / name)[0] for name in ("b.mp4", "b.webm"))
    assert (kept.rotation, kept.width, kept.height) == (90, 96, 64)
    assert (turned.rotation, turned.width, turned.height) == (0, 64, 128)
    corners = np.rot90(pattern(0, 48, 32))[3::41, 3::25].astype(float)
    assert np.abs(rgb(turned)[8::111, 6::51] - corners).max() < 12
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_texts_and_chapters_are_kept_or_stripped(tmp_path):
    texts = {"title": "A walk", "artist": "Ada", "copyright": "none"}
    source = clip(tmp_path / "a.mp4", metadata=texts)
    upscale_video(source, tmp_path / "b.mp4", Nearest())
    upscale_video(source, tmp_path / "c.mp4", Nearest(), options=VideoOptions(strip_metadata=True))
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert texts.items() <= container.metadata.items()
        assert len(container.chapters()) == 1
    with av.open(str(tmp_path / "c.mp4")) as container:
        assert not texts.keys() & container.metadata.keys()


def test_subtitles_languages_and_attachments_are_copied_or_named(tmp_path):
    with av.open(str(clip(tmp_path / "a.mkv", audio_from=0.1))) as base:
        full = av.open(str(tmp_path / "full.mkv"), "w")
        copies = [full.add_stream_from_template(stream) for stream in base.streams]
        copies[1].metadata["language"] = "deu"
        lines = full.add_mux_stream("subrip")
        full.add_attachment("font.ttf", "application/x-truetype-font", b"abc")
        full.start_encoding()
        packets = [packet for packet in base.demux() if packet.size]
        for packet in packets:
            packet.stream = copies[packet.stream.index]
            full.mux(packet)
        line = av.Packet(b"A line")
        line.stream, line.time_base, line.duration = lines, Fraction(1, 1000), 80
        line.pts = line.dts = 50
        full.mux(line)
        full.close()
    told = []
    upscale_video(tmp_path / "full.mkv", tmp_path / "b.mkv", Nearest(), tell=told.append)
    for kind in ("audio", "subtitle"):
        before, after = (packets_of(tmp_path / name, kind) for name in ("full.mkv", "b.mkv"))
        assert before == after and len(after) > 0
    with av.open(str(tmp_path / "b.mkv")) as made:
        assert made.streams.audio[0].metadata["language"] == "deu"
        assert [bytes(stream.data) for stream in made.streams if stream.type == "attachment"] == [
            b"abc"
        ]
    assert told == []
    made = upscale_video(tmp_path / "full.mkv", tmp_path / "b.mp4", Nearest(), tell=told.append)
    assert (
        told
        == made["notes"]
        == [
            "subtitle stream 2 (srt) is left out: mp4 does not hold it",
            "attachment stream 3 (unknown) is left out: mp4 does not hold it",
        ]
    )
    assert packets_of(tmp_path / "b.mp4") == packets_of(tmp_path / "full.mkv")


def test_one_frame_and_no_sound_are_a_video_too(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=1)
    assert upscale_video(source, tmp_path / "b.mp4", Nearest())["frames"] == 1
    assert len(times_of(tmp_path / "b.mp4")) == 1 and packets_of(tmp_path / "b.mp4") == []


def test_the_last_frame_is_seen_as_long_as_before(tmp_path):
    source = clip(tmp_path / "a.mp4", times=VARYING)
    upscale_video(source, tmp_path / "b.mp4", Nearest())
    durations = []
    for path in (source, tmp_path / "b.mp4"):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            durations.append(stream.duration * stream.time_base)
    assert durations[0] == durations[1]


def test_odd_sizes_are_padded_and_that_is_said(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=2, size=(34, 26))

    class Half(Nearest):
        def upscale_frames(self, frames):
            for frame in frames:
                yield upscale_picture(frame, lambda x: np.pad(x, [(0, 13), (0, 17), (0, 0)]), 1.5)

    made = upscale_video(source, tmp_path / "b.mp4", Half(1.5))
    assert (made["width"], made["height"]) == (52, 40)
    assert "51x39 is padded to 52x40" in made["notes"][0]


def test_a_part_starts_at_its_own_time_with_its_own_sound(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=10, audio_from=0.1)
    options = VideoOptions(start=0.08, duration=0.2)
    made = upscale_video(source, tmp_path / "b.mp4", Nearest(), options=options)
    assert made["frames"] == 5
    assert times_of(tmp_path / "b.mp4") == [Fraction(n, 25) for n in range(5)]
    before, after = packets_of(source), packets_of(tmp_path / "b.mp4")
    expected = [
        (time - Fraction(2, 25), data)
        for time, data in before
        if Fraction(2, 25) <= time < Fraction(7, 25)
    ]
    assert [data for _, data in after] == [data for _, data in expected]
    for (time, _), (wanted, _) in zip(after, expected, strict=True):
        assert abs(time - wanted) < Fraction(1, 40000)
    with pytest.raises(UsageError, match=r"no frame from 9.0 s on"):
        upscale_video(source, tmp_path / "c.mp4", Nearest(), options=VideoOptions(start=9.0))


@pytest.mark.parametrize(
    ("options", "allowed", "told"),
    [
        ({"interlaced": True}, "interlaced", "is interlaced"),
        ({"transfer": 16, "matrix": 9, "pixel_format": "yuv420p10le"}, "hdr", r"is HDR \(PQ\)"),
        ({"transfer": 18, "matrix": 9, "pixel_format": "yuv420p10le"}, "hdr", r"is HDR \(HLG\)"),
    ],
)
def test_what_the_models_do_not_suit_is_refused_unless_allowed(tmp_path, options, allowed, told):
    source = clip(tmp_path / "a.mp4", **options)
    with pytest.raises(VideoFileError, match=rf"a\.mp4' {told}.*--allow {allowed}"):
        upscale_video(source, tmp_path / "b.mp4", Nearest())
    allow = VideoOptions(allow=[allowed])
    assert upscale_video(source, tmp_path / "b.mp4", Nearest(), options=allow)["frames"] == 10


def test_files_that_are_no_video_are_named_in_one_sentence(tmp_path):
    whole = clip(tmp_path / "a.mkv", frames=30, size=(96, 64)).read_bytes()
    for name, data, told in [
        ("empty.mp4", b"", r"empty.mp4' is empty \(0 bytes\)"),
        ("text.mp4", b"hello " * 99, "text.mp4' is no video, or cut short or damaged"),
        ("head.mkv", whole[:200], "head.mkv'"),
    ]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(VideoFileError, match=told):
            upscale_video(tmp_path / name, tmp_path / "b.mp4", Nearest())
    with pytest.raises(VideoFileError, match=r"missing.mp4' cannot be read: No such file"):
        upscale_video(tmp_path / "missing.mp4", tmp_path / "b.mp4", Nearest())


def test_a_clip_that_was_cut_gives_what_is_there_and_says_so(tmp_path):
    frames = 60
    clip(tmp_path / "a.mkv", frames=frames, size=(96, 64))
    # Its index in front, so that the rest can be read.
    with av.open(str(tmp_path / "a.mkv")) as source:
        options = {"movflags": "faststart"}
        with av.open(str(tmp_path / "b.mp4"), "w", container_options=options) as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    target.mux(packet)
    data = (tmp_path / "b.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    made = upscale_video(tmp_path / "cut.mp4", tmp_path / "c.mp4", Nearest())
    assert 10 < made["frames"] < frames
    assert f"cut short: {frames - made['frames']} of {frames} frames lack" in made["notes"][-1]
    assert len(times_of(tmp_path / "c.mp4")) == made["frames"]


def test_options_that_do_not_fit_are_usage_errors(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=1)
    for target, options, told in [
        ("b.webm", {"codec": "h264"}, "webm does not hold h264"),
        ("b.mkv", {"codec": "ffv1", "crf": 3}, "ffv1 has no crf"),
        ("b.mp4", {"crf": 63}, "crf of h264 is 0 to 51"),
        ("b.avi", {}, "names no container"),
        ("a.mp4", {}, "would be replaced"),
    ]:
        with pytest.raises(UsageError, match=told):
            upscale_video(source, tmp_path / target, Nearest(), options=VideoOptions(**options))
    for wrong in ({"codec": "h263"}, {"speed": "quick"}, {"allow": ["all"]}, {"start": -1.0}):
        with pytest.raises(UsageError):
            VideoOptions(**wrong)


def test_room_on_the_disk_is_checked_first(tmp_path, monkeypatch):
    source = clip(tmp_path / "a.mp4", frames=2)
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10})())
    upscaler = Nearest()
    with pytest.raises(OutputError, match=r"b.mp4' will take some .* GB left"):
        upscale_video(source, tmp_path / "b.mp4", upscaler)
    assert upscaler.frames == 0
    allow = VideoOptions(allow=["little-room"])
    assert upscale_video(source, tmp_path / "b.mp4", upscaler, options=allow)["frames"] == 2


@pytest.mark.parametrize(
    ("target", "codec", "pixel_format"),
    [
        ("b.mkv", "hevc", "yuv420p10le"),
        ("b.mp4", "hevc", "yuv420p"),
        ("b.mkv", "av1", "yuv420p"),
        ("b.webm", "vp9", "yuv444p"),
        ("b.mkv", "ffv1", "yuv422p"),
        ("b.mov", "prores", "yuv422p10le"),
    ],
)
def test_other_codecs_keep_times_and_colours(tmp_path, target, codec, pixel_format):
    form = "yuv420p" if pixel_format == "yuv422p" else pixel_format
    source = clip(
        tmp_path / "a.mp4", size=(96, 64), times=VARYING, pixel_format=form, audio_from=None
    )
    options = VideoOptions(codec=codec, speed="ultrafast")
    made = upscale_video(source, tmp_path / target, Nearest(), options=options)
    assert made["frames"] == len(VARYING)
    for time, wanted in zip(times_of(tmp_path / target), times_of(source), strict=True):
        assert abs(time - wanted) <= Fraction(1, 2000)
    frame = decoded(tmp_path / target)[0]
    deep = "10" in frame.format.name
    assert np.abs(centres(rgb(frame, deep=deep)) - centres(pattern(0, 96, 64))).max() <= 12


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe, of Debian's ffmpeg")
def test_ffprobe_reads_the_same(tmp_path):
    source = clip(tmp_path / "a.mp4", times=VARYING, audio_from=0.2, rotation=90)
    upscale_video(source, tmp_path / "b.mp4", Nearest())

    def probed(path, *entries: str) -> list[str]:
        command = ["ffprobe", "-v", "error", "-of", "csv", "-show_entries", ":".join(entries)]
        return subprocess.check_output([*command, str(path)], text=True, timeout=60).split()

    for entries in (["frame=media_type,pts_time"], ["stream=color_space,color_range,codec_name"]):
        before, after = (probed(path, *entries) for path in (source, tmp_path / "b.mp4"))
        assert before and sorted(before) == sorted(after)
    assert any("90" in line for line in probed(tmp_path / "b.mp4", "stream_side_data=rotation"))


def test_every_frame_is_seen_once(tmp_path):
    source = clip(tmp_path / "a.mp4", frames=70, key_every=7)
    upscale_video(source, tmp_path / "b.mp4", Nearest(1), options=VideoOptions(crf=0))
    before, after = (
        [rgb(frame) for frame in decoded(tmp_path / name)] for name in ("a.mp4", "b.mp4")
    )
    assert len(before) == len(after) == 70
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        difference = np.abs(one - other).mean()
        assert difference < 4, number
        # The bar has moved by then.
        assert number == 0 or difference < np.abs(before[number - 1] - other).mean()
