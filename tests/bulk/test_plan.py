from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_dgggan.bulk import plan as planning
from keras_dgggan.bulk.manifest import Manifest
from keras_dgggan.bulk.plan import Plan, make_plan
from keras_dgggan.bulk.settings import Settings
from keras_dgggan.bulk.storage import Entry, place_of
from keras_dgggan.errors import UsageError

OPTIONS = Settings(model="dgggan_x4_light")


def entries(*names: str, size: int | None = 1) -> Iterator[Entry]:
    return (Entry(f"/in/{name}", name, size) for name in names)


def planned(
    folder: Path, inputs: Iterator[Entry], settings: Settings = OPTIONS, *, replace: bool = True
) -> Plan:
    output = place_of(str(folder / "out"))
    file = folder / "plan.parquet"
    return make_plan(inputs, output, settings, "now", file, replace=replace)


def rows(plan: Plan) -> list[dict[str, str]]:
    return [row for table in plan.tables(2) for row in table.to_pylist()]


def made(folder: Path, output: str, **more: object) -> None:
    """A picture that an earlier run made, and its row in the manifest."""
    place = place_of(str(folder / "out"))
    (place / output).write(b"four")
    facts = {"input": "", "output": output, "input_bytes": 1, "output_bytes": 4}
    with Manifest(place).writer() as add:
        add([{**facts, "settings": "now", **more}])


def test_outputs_have_their_inputs_folders_and_the_suffix(tmp_path: Path) -> None:
    plan = planned(tmp_path, entries("a.png", "sub/b.JPG", "c.gif"))
    assert rows(plan) == [
        {"input": "/in/a.png", "output": "a_sr.png", "format": "png"},
        {"input": "/in/sub/b.JPG", "output": "sub/b_sr.JPG", "format": "jpg"},
        {"input": "/in/c.gif", "output": "c_sr.png", "format": "png"},
    ]
    webp = planned(tmp_path, entries("sub/b.JPG"), Settings(format="webp", suffix=""))
    assert rows(webp) == [{"input": "/in/sub/b.JPG", "output": "sub/b.webp", "format": "webp"}]


def test_what_is_done_is_skipped_and_the_rest_is_made(tmp_path: Path) -> None:
    made(tmp_path, "done_sr.png")
    made(tmp_path, "failed_sr.png", error="broken")
    made(tmp_path, "other_sr.png", settings="before")
    made(tmp_path, "grown_sr.png", input_bytes=2)
    made(tmp_path, "gone_sr.png")
    (tmp_path / "out" / "gone_sr.png").unlink()
    made(tmp_path, "cut_sr.png")
    (tmp_path / "out" / "cut_sr.png").write_bytes(b"fou")
    names = ["done", "failed", "other", "grown", "gone", "cut", "new"]
    plan = planned(tmp_path, entries(*(f"{name}.png" for name in names)))
    assert [row["input"] for row in rows(plan)] == [f"/in/{name}.png" for name in names[1:]]
    assert (plan.count, plan.skipped) == (6, 1)


def test_an_input_of_unknown_size_is_not_made_again(tmp_path: Path) -> None:
    made(tmp_path, "a_sr.png", input_bytes=7)
    assert planned(tmp_path, entries("a.png", size=None)).skipped == 1


def test_a_file_that_is_in_the_way_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a_sr.png").touch()
    with pytest.raises(UsageError, match=r"a_sr\.png' exists and was not made by this command"):
        planned(tmp_path, entries("a.png"), replace=False)
    assert planned(tmp_path, entries("a.png")).count == 1


@pytest.mark.parametrize("batch", [1, 8192])
def test_two_inputs_for_one_output_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(planning, "_BATCH", batch)
    with pytest.raises(UsageError, match=r"'/in/a\.gif' and another input would both write"):
        planned(tmp_path, entries("a.png", "b.png", "a.gif"))


def test_an_input_in_the_output_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    inside = [Entry(str(tmp_path / "link" / "a.png"), "a.png")]
    with pytest.raises(UsageError, match="lies in OUTPUT"):
        planned(tmp_path, iter(inside))
