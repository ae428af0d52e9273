import threading
import time
from pathlib import Path

import pytest

from keras_dgggan.cli.job_plan import plan_jobs
from keras_dgggan.cli.jobs import Job, run, summary
from keras_dgggan.errors import ImageFileError, UsageError


def touch(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return [str(folder / name) for name in names]


def targets(planned) -> list[Path | None]:
    return [job.target for job in planned.jobs]


def test_without_an_output_files_are_written_beside_their_inputs(tmp_path):
    names = touch(tmp_path, "a b [1].png", "ü.JPG", "-c.gif", "no-suffix")
    assert targets(plan_jobs(names, None)) == [
        tmp_path / "a b [1]_sr.png",
        tmp_path / "ü_sr.JPG",
        tmp_path / "-c_sr.png",
        tmp_path / "no-suffix_sr.png",
    ]


def test_a_single_input_may_name_its_output_file(tmp_path):
    (name,) = touch(tmp_path, "a.png")
    planned = plan_jobs([name], str(tmp_path / "b.webp"), extras=["gradient"])
    assert planned.jobs == [
        Job(Path(name), tmp_path / "b.webp", "webp", {"gradient": tmp_path / "b_gradient.png"})
    ]


def test_a_folder_is_listed_in_order_without_hidden_and_other_files(tmp_path):
    touch(tmp_path, "in/b.png", "in/a.tif", "in/notes.txt", "in/.tmp-x.png", "in/sub/c.png")
    planned = plan_jobs([str(tmp_path / "in")], str(tmp_path / "out"), format="webp")
    assert targets(planned) == [tmp_path / "out/a_sr.webp", tmp_path / "out/b_sr.webp"]
    assert not planned.failed


def test_recursion_keeps_the_structure_and_passes_over_the_output_folder(tmp_path):
    touch(tmp_path, "in/a.png", "in/sub/deep/a.png", "in/out/old_sr.png")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    planned = plan_jobs([str(tmp_path / "in")], str(tmp_path / "in/out"), recursive=True, suffix="")
    assert targets(planned) == [tmp_path / "in/out/a.png", tmp_path / "in/out/sub/deep/a.png"]


def test_a_folder_named_like_an_image_and_a_missing_input_are_failures(tmp_path):
    touch(tmp_path, "in/a.png")
    (tmp_path / "in" / "folder.png").mkdir()
    planned = plan_jobs([str(tmp_path / "in"), str(tmp_path / "gone.png")], str(tmp_path / "out"))
    assert len(planned.jobs) == 1
    assert [result.status for result in planned.failed] == ["failed", "failed"]
    assert "folder.png' is a folder named like an image" in str(planned.failed[0].error)
    assert "gone.png' does not exist" in str(planned.failed[1].error)


def test_a_name_that_the_system_refuses_costs_the_other_inputs_nothing(tmp_path):
    touch(tmp_path, "a.png")
    long, there = str(tmp_path / f"{'b' * 300}.png"), str(tmp_path / "a.png")
    planned = plan_jobs([long, there], str(tmp_path / "out"))
    assert [job.source.name for job in planned.jobs] == ["a.png"]
    assert str(planned.failed[0].error).startswith(f"'{long}' ")


def test_two_inputs_of_one_output_are_found_before_work_starts(tmp_path):
    names = touch(tmp_path, "x/a.png", "x/a.jpg", "y/a.png")
    with pytest.raises(UsageError, match=r"a\.png' and .*a\.jpg' would both write"):
        plan_jobs(names[:2], None, format="webp")
    with pytest.raises(UsageError, match="would both write"):
        plan_jobs([names[0], names[2]], str(tmp_path / "out"))


def test_one_input_named_twice_is_one_job(tmp_path):
    (name,) = touch(tmp_path, "a.png")
    assert len(plan_jobs([name, name], None).jobs) == 1


def test_an_extra_output_collides_like_any_other(tmp_path):
    names = touch(tmp_path, "a.png", "a_sr_gradient.png")
    with pytest.raises(UsageError, match="would replace the input"):
        plan_jobs(names, None, extras=["gradient"], overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_input_is_never_written_on(tmp_path, overwrite):
    (name,) = touch(tmp_path, "a.png")
    (tmp_path / "link.png").symlink_to(name)
    for output in (name, str(tmp_path / "link.png"), str(tmp_path / "x" / ".." / "a.png")):
        with pytest.raises(UsageError, match="would replace the input"):
            plan_jobs([name], output, overwrite=overwrite)
    with pytest.raises(UsageError, match="would replace the input"):
        plan_jobs([name], None, suffix="", overwrite=overwrite)


def test_existing_outputs_need_a_decision(tmp_path):
    name, _ = touch(tmp_path, "a.png", "a_sr.png")
    with pytest.raises(UsageError, match=r"a_sr\.png' exists already: pass --overwrite"):
        plan_jobs([name], None)
    assert len(plan_jobs([name], None, overwrite=True).jobs) == 1
    planned = plan_jobs([name], None, skip_existing=True)
    assert not planned.jobs
    assert [result.status for result in planned.skipped] == ["skipped"]


def test_skipping_needs_every_output_of_a_job(tmp_path):
    name, _ = touch(tmp_path, "a.png", "a_sr.png")
    assert len(plan_jobs([name], None, skip_existing=True, extras=["gradient"]).jobs) == 1


def test_a_second_run_beside_the_inputs_does_not_take_outputs_for_inputs(tmp_path):
    touch(tmp_path, "a.png", "a_sr.png", "b.png")
    planned = plan_jobs([str(tmp_path)], None, skip_existing=True)
    assert targets(planned) == [tmp_path / "b_sr.png"]


def test_streams_go_with_a_single_picture(tmp_path):
    (name,) = touch(tmp_path, "a.png")
    assert plan_jobs(["-"], None).jobs == [Job(None, None, None)]
    assert plan_jobs([name], "-", format="jpg").jobs == [Job(Path(name), None, "jpg")]
    assert plan_jobs(["-"], "b.tif").jobs == [Job(None, Path("b.tif"), "tiff")]
    for inputs, output, extras in [
        (["-", name], None, []),
        ([str(tmp_path)], "-", []),
        ([name], "-", ["gradient"]),
        (["-"], str(tmp_path), []),
    ]:
        with pytest.raises(UsageError):
            plan_jobs(inputs, output, extras=extras)


def test_contradictions_are_usage_errors(tmp_path):
    a, b = touch(tmp_path, "a.png", "b.png")
    for arguments in [
        {"inputs": [a], "output": str(tmp_path / "o.png"), "format": "jpg"},
        {"inputs": [a], "output": str(tmp_path / "o.xyz")},
        {"inputs": [a], "output": None, "format": "xyz"},
        {"inputs": [a], "output": None, "overwrite": True, "skip_existing": True},
        {"inputs": [a, b], "output": b},
    ]:
        with pytest.raises(UsageError):
            plan_jobs(**arguments)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ZeroDivisionError("oh"), "unexpected ZeroDivisionError: oh"), (MemoryError(), "more memory")],
)
def test_even_what_nobody_expected_does_not_stop_the_rest(tmp_path, error, reason):
    names = touch(tmp_path, "a.png", "b.png")

    def work(job):
        if job.source.name == "a.png":
            raise error
        return {}

    first, second = run(plan_jobs(names, str(tmp_path / "out")), work)
    assert first.status == "failed" and reason in first.error and names[0] in first.error
    assert second.status == "done"


def test_one_failure_does_not_stop_the_rest_and_is_counted(tmp_path):
    names = touch(tmp_path, "a.png", "b.png", "c.png")

    def work(job):
        if job.source.name == "b.png":
            raise ImageFileError("the pixels are damaged")
        return {"width": 4}

    report = summary(run(plan_jobs(names, str(tmp_path / "out")), work))
    assert (report["done"], report["failed"], report["skipped"]) == (2, 1, 0)
    assert report["results"][1]["error"] == f"'{names[1]}': the pixels are damaged"
    assert report["results"][2]["width"] == 4


def test_a_folder_that_cannot_be_listed_is_a_failure_and_the_rest_goes_on(tmp_path, monkeypatch):
    touch(tmp_path, "in/a.png", "in/closed/b.png", "in/open/c.png")
    listed = Path.iterdir

    def iterdir(folder):
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    planned = plan_jobs([str(tmp_path / "in")], str(tmp_path / "out"), recursive=True)
    assert [job.source.name for job in planned.jobs] == ["a.png", "c.png"]
    (failure,) = planned.failed
    assert failure.error == f"cannot list the folder '{tmp_path / 'in/closed'}': Permission denied"


def test_ctrl_c_ends_the_job_under_way_and_says_what_was_not_started(tmp_path):
    planned = plan_jobs(touch(tmp_path, "a.png", "b.png", "c.png"), str(tmp_path / "out"))

    def work(job):
        if job.source.name == "b.png":
            raise KeyboardInterrupt
        return {"width": 1, "height": 1}

    results = list(run(planned, work))
    assert [result.status for result in results] == ["done", "stopped", "not started"]
    assert summary(results)["not started"] == 1


def numbered(tmp_path, count: int):
    names = [f"{number:02}.png" for number in range(count)]
    return plan_jobs(touch(tmp_path, *names), str(tmp_path / "out"))


def test_jobs_beside_each_other_are_told_in_their_order(tmp_path):
    both_run = threading.Barrier(2, timeout=60)

    def work(job):
        # The first ends after the second.
        if job.source.name in ("00.png", "01.png"):
            both_run.wait()
        if job.source.name == "00.png":
            time.sleep(0.05)
        if job.source.name == "03.png":
            raise ImageFileError("damaged")
        return {"name": job.source.name}

    planned = numbered(tmp_path, 8)
    results = list(run(planned, work, beside=lambda job: job.source.name != "05.png"))
    assert [result.input for result in results] == [job.name for job in planned.jobs]
    assert [result.status for result in results] == ["done"] * 3 + ["failed"] + ["done"] * 4


def test_a_job_that_is_not_small_runs_in_the_main_thread_and_alone(tmp_path):
    under_way, seen = 0, {}
    lock = threading.Lock()

    def work(job):
        nonlocal under_way
        with lock:
            under_way += 1
            seen[job.source.name] = under_way, threading.current_thread()
        time.sleep(0.005)
        with lock:
            under_way -= 1
        return {}

    list(run(numbered(tmp_path, 7), work, beside=lambda job: job.source.name != "03.png"))
    assert seen["03.png"] == (1, threading.main_thread())
    assert threading.main_thread() not in [thread for _, thread in seen.values()][:3]


def test_ctrl_c_waits_for_the_jobs_beside_each_other_and_starts_no_others(tmp_path):
    def work(job):
        if job.source.name == "02.png":
            raise KeyboardInterrupt
        return {"name": job.source.name}

    results = list(run(numbered(tmp_path, 20), work, beside=lambda job: job.source.name < "10"))
    statuses = [result.status for result in results]
    assert len(results) == 20 and statuses[:3] == ["done", "done", "stopped"]
    # One or two may have been begun before.
    assert set(statuses[3:5]) <= {"done", "not started"}
    assert statuses[5:] == ["not started"] * 15
