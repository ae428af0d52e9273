"""Benchmark sets as they are published: which files are HR and LR, and what is said of others."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main
from keras_dgggan.errors import DataError, UsageError
from keras_dgggan.evaluation.benchmark_sets import find_benchmark_set


@pytest.fixture
def folder(tmp_path):
    """Makes empty files below a folder; finding a set reads names alone."""

    def make(*files):
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).touch()
        return tmp_path

    return make


def pairs(found, root):
    return {
        image.name: (
            image.hr.relative_to(root).as_posix(),
            image.lr and image.lr.relative_to(root).as_posix(),
        )
        for image in found.images
    }


# Layout: (files, what --data names, the images' names, HR, LR).
LAYOUTS = {
    "plain": (["Set5/baby.png"], "Set5", "Set5/{}.png", None),
    "lower case": (
        ["Set5/hr/baby.png", "Set5/lr/baby.png"],
        "Set5",
        "Set5/hr/{}.png",
        "Set5/lr/{}.png",
    ),
    "BasicSR": (
        [
            "Set5/original/baby.png",
            "Set5/GTmod12/baby.png",
            "Set5/LRbicx4/baby.png",
            "Set5/LRbicx2/baby.png",
        ],
        "Set5",
        "Set5/GTmod12/{}.png",
        "Set5/LRbicx4/{}.png",
    ),
    "EDSR": (
        ["Set5/HR/baby.png", "Set5/LR_bicubic/X4/babyx4.png", "Set5/LR_bicubic/X2/babyx2.png"],
        "Set5",
        "Set5/HR/{}.png",
        "Set5/LR_bicubic/X4/{}x4.png",
    ),
    "DIV2K": (
        ["Set5_HR/baby.png", "Set5_LR_bicubic/X4/babyx4.png", "Set5_LR_unknown/X4/babyx4.png"],
        "Set5_HR",
        "Set5_HR/{}.png",
        "Set5_LR_bicubic/X4/{}x4.png",
    ),
    "SelfExSR": (
        [
            "Set5/image_SRF_4/baby_SRF_4_HR.png",
            "Set5/image_SRF_4/baby_SRF_4_LR.png",
            "Set5/image_SRF_2/baby_SRF_2_HR.png",
        ],
        "Set5",
        "Set5/image_SRF_4/{}_SRF_4_HR.png",
        "Set5/image_SRF_4/{}_SRF_4_LR.png",
    ),
    "SelfExSR's scales in one folder": (
        [f"Set5/baby_SRF_{scale}_{kind}.png" for scale in (2, 4) for kind in ("HR", "LR")],
        "Set5",
        "Set5/{}_SRF_4_HR.png",
        "Set5/{}_SRF_4_LR.png",
    ),
    "RCAN": (
        ["Set5/x4/baby_HR_x4.png", "Set5/x4/baby_LRBI_x4.png"],
        "Set5",
        "Set5/x4/{}_HR_x4.png",
        "Set5/x4/{}_LRBI_x4.png",
    ),
    "tags without a scale": (
        ["Set5/baby_HR.png", "Set5/baby_LR.png"],
        "Set5",
        "Set5/{}_HR.png",
        "Set5/{}_LR.png",
    ),
    "LR named by its scale": (
        ["Set5/baby.png", "Set5/babyx4.png"],
        "Set5",
        "Set5/{}.png",
        "Set5/{}x4.png",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_published_layouts_are_recognised(folder, layout):
    files, data, hr, lr = LAYOUTS[layout]
    names = ("baby", "bird")
    root = folder(*files, *(file.replace("baby", "bird") for file in files))
    found = find_benchmark_set(root / data, 4)
    assert pairs(found, root) == {n: (hr.format(n), lr and lr.format(n)) for n in names}
    assert found.name == data
    # The folder of HR itself is the same set.
    assert find_benchmark_set(root / hr.rpartition("/")[0], 4).images == found.images
    if not layout.endswith("in one folder"):
        assert found.notes == ()


def test_hr_and_lr_of_rcan_lie_in_trees_of_their_own(folder):
    root = folder("HR/Set5/x4/baby_HR_x4.png", "LR/LRBI/Set5/x4/baby_LRBI_x4.png")
    hr = root / "HR" / "Set5" / "x4"
    found = find_benchmark_set(hr, 4, lr=str(root / "LR" / "LRBI" / "Set5"))
    expected = ("HR/Set5/x4/baby_HR_x4.png", "LR/LRBI/Set5/x4/baby_LRBI_x4.png")
    assert pairs(found, root) == {"baby": expected}
    assert found.name == "Set5"


def test_ready_images_beside_hr_are_no_hr_and_are_named(folder):
    root = folder(
        "s/a_SRF_4_HR.png", "s/a_SRF_4_LR.png", "s/a_SRF_4_bicubic.png", "s/a_SRF_2_LR.png"
    )
    found = find_benchmark_set(root / "s", 4)
    assert pairs(found, root) == {"a": ("s/a_SRF_4_HR.png", "s/a_SRF_4_LR.png")}
    assert found.notes == (
        "by their names neither HR nor LR of x4, left out: a_SRF_2_LR.png, a_SRF_4_bicubic.png",
    )


def test_photographs_with_names_like_tags_stay_photographs(folder):
    root = folder("s/porsche_gt.png", "s/matrix4.png", "s/b.png")
    assert [i.name for i in find_benchmark_set(root / "s", 4).images] == [
        "b",
        "matrix4",
        "porsche_gt",
    ]
    assert find_benchmark_set(root / "s", 4).notes == ()


def test_an_lr_without_hr_is_reported_and_an_hr_without_lr_refused(folder):
    root = folder("s/HR/a.png", "s/LR/a.png", *(f"s/LR/extra{i}x4.png" for i in range(7)))
    (note,) = find_benchmark_set(root / "s", 4).notes
    assert note.startswith("LR images without HR, left out: extra0x4.png, extra1x4.png")
    assert note.endswith("and 2 more")
    for layout in (("HR/", "LR/"), ("", "")):
        hr, lr = layout
        root = folder(*(f"t{len(hr)}/{hr}{n}_HR.png" for n in "ab"), f"t{len(hr)}/{lr}a_LR.png")
        with pytest.raises(DataError, match=r"^b: nothing that belongs to it in"):
            find_benchmark_set(root / f"t{len(hr)}", 4)


def test_an_lr_without_hr_beside_hr_alone_is_reported(folder):
    root = folder("s/a_SRF_4_HR.png", "s/b_SRF_4_LR.png")
    found = find_benchmark_set(root / "s", 4)
    assert (found.lr_folder, found.notes) == (
        None,
        ("LR images without HR, left out: b_SRF_4_LR.png",),
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["s/a_SRF_4_LR.png"], "LR by their names: give the folder of HR by --data, and this one"),
        (["s/a_SRF_2_HR.png", "s/a_SRF_2_LR.png"], "of scale 2 by their names, and 4 is wanted"),
        (["s/A_train_HR/1.png", "s/A_valid_HR/2.png"], "give one of A_train_HR, A_valid_HR by"),
        (["s/pictures/1.png", "s/small/1.png"], "the folders pictures, small; give the one of HR"),
        (["s/notes.txt"], "no images in"),
        (["s/HR/notes.txt", "s/LR/a.png"], "no images in .*HR.*folders HR, LR"),
    ],
)
def test_what_is_ambiguous_is_refused_with_a_hint(folder, files, message):
    with pytest.raises(UsageError, match=message):
        find_benchmark_set(folder(*files) / "s", 4)


def test_an_hr_image_with_two_lr_images_is_refused(folder):
    root = folder("s/HR/a.png", "s/LR/ax4.png", "s/LR/a_LR.png")
    with pytest.raises(DataError, match=r"^a: several in .*LR': a_LR, ax4"):
        find_benchmark_set(root / "s", 4)


def run(*arguments):
    return CliRunner().invoke(main, ["evaluate", "--metrics", "psnr", *map(str, arguments)])


def test_the_table_counts_hr_alone_and_says_what_was_left_out(tmp_path, rng):
    (tmp_path / "image_SRF_4").mkdir()
    for name, side in (("a_SRF_4_HR", 32), ("a_SRF_4_LR", 8), ("b_SRF_4_LR", 8)):
        pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "image_SRF_4" / f"{name}.png")
    result = run("--bicubic", "--data", tmp_path)
    assert result.exit_code == 0, result.output
    assert f"## {tmp_path.name} (1 image)" in result.stdout
    assert "LR from image_SRF_4" in result.stdout
    assert "\n\nLR images without HR, left out: b_SRF_4_LR.png\n" in result.stdout


def test_missing_and_empty_folders_are_both_exit_code_2(tmp_path):
    (tmp_path / "empty").mkdir()
    for name, message in (("nowhere", "no folder"), ("empty", "no images")):
        result = run("--bicubic", "--data", tmp_path / name)
        assert (result.exit_code, message in result.output) == (2, True), result.output
