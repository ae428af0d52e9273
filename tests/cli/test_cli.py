import contextlib
import io

import pytest
from checks import python
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import COMMANDS, main
from keras_dgggan.cli.jobs import JobResult
from keras_dgggan.cli.progress import say_result
from keras_dgggan.errors import DggganError, UsageError


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def walk(command, path=()):
    yield path, command
    for name in getattr(command, "commands", {}):
        yield from walk(command.commands[name], (*path, name))


ALL = [path for name in COMMANDS for path, _ in walk(main.get_command(None, name), (name,))]


def test_help_starts_neither_tensorflow_nor_keras_nor_pydantic():
    out = python(
        "import sys\n"
        "from keras_dgggan.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'pydantic', 'numpy', 'PIL', 'rich'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))",
        fresh=True,
    )
    assert "LOADED []" in out


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_help_page_has_an_example(path):
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"keras-dgggan {' '.join(path)}" in result.output


def test_the_help_pages_of_commands_that_do_not_run_models_stay_light():
    out = python(
        "import sys\n"
        "from keras_dgggan.cli import COMMANDS, main\n"
        "for name in COMMANDS:\n"
        "    main([name, '--help'], standalone_mode=False)\n"
        "print('LOADED', sorted({'tensorflow', 'keras'} & set(sys.modules)))",
        fresh=True,
    )
    assert "LOADED []" in out


def test_the_version_is_the_package_version():
    from keras_dgggan import __version__

    assert run("--version").output == f"keras-dgggan, version {__version__}\n"


def test_an_unknown_command_or_option_exits_with_2():
    assert run("trian").exit_code == 2
    assert run("train", "quickstart", "--stepz").exit_code == 2


@pytest.mark.parametrize(
    "error, code, text",
    [
        (UsageError("no such thing"), 2, "Error: no such thing\n"),
        (DggganError("it failed"), 1, "Error: it failed\n"),
        (PermissionError(13, "Permission denied", "/x/y"), 1, "Error: Permission denied: '/x/y'\n"),
        (RuntimeError("surprise"), 1, "Error: unexpected RuntimeError: surprise"),
    ],
)
def test_errors_are_a_sentence_and_an_exit_code_and_debug_shows_the_traceback(
    error, code, text, monkeypatch
):
    def fail(name):
        raise error

    monkeypatch.setattr("keras_dgggan.recipe.find_recipe", fail)
    result = run("train", "x")
    assert result.exit_code == code
    assert result.output.startswith(text)
    assert "Traceback" not in result.output
    assert run("--debug", "train", "x").exception is error


def test_a_bad_recipe_exits_with_2_and_a_line_for_each_problem(tmp_path):
    recipe = tmp_path / "bad.yaml"
    recipe.write_text("name: x\ndata: {train: {source: folder, path: gone}}\ntraining: {stps: 1}\n")
    for command in (["train"], ["recipes", "check"]):
        result = run(*command, str(recipe))
        assert result.exit_code == 2
        lines = result.output.splitlines()
        assert lines[0].endswith("bad.yaml:3: training.steps: missing; it must be given")
        assert lines[1].endswith(
            "training.stps: unknown key (value 1); did you mean 'steps'? allowed are steps, "
            "batch_size, " + lines[1].partition("batch_size, ")[2]
        )


def test_recipes_are_listed_shown_and_checked():
    listing = run("recipes", "list").output
    for name in ("quickstart", "psnr_x4", "dgggan_x4", "ablation_no_se"):
        assert name in listing
    assert run("recipes", "show", "quickstart").output.startswith("# yaml-language-server")
    assert run("recipes", "check", "quickstart").output == "quickstart: good\n"
    resolved = run("recipes", "check", "quickstart", "--resolved").output
    assert "negative_slope: 0.2" in resolved
    assert run("recipes", "check", "nowhere").exit_code == 2


def test_resume_and_fresh_exclude_each_other():
    result = run("train", "quickstart", "--resume", "--fresh")
    assert (result.exit_code, result.output) == (
        2,
        "Error: --resume and --fresh exclude each other\n",
    )


def test_a_mistyped_command_or_preset_is_answered_with_the_nearest():
    assert "no command 'trian' (did you mean 'train'?)" in run("trian").output
    assert "(did you mean 'dgggan_x4_light'?)" in run("presets", "show", "dgggan_x4_ligth").output


def test_ctrl_c_before_a_command_has_begun_its_work_exits_with_130(monkeypatch):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_dgggan.recipe.find_recipe", interrupted)
    result = run("train", "x")
    assert (result.exit_code, result.output) == (130, "stopped\n")


def test_a_failed_file_shows_its_traceback_with_debug_and_quiet_says_failures_alone(tmp_path):
    gone, there = str(tmp_path / "gone.png"), str(tmp_path / "there.png")
    Image.new("RGB", (4, 4)).save(there)
    # Without jobs to do, no model is loaded.
    planned = run("upscale", there, "--dry-run")
    assert "planned" in planned.output and planned.exit_code == 0
    assert run("upscale", there, "--dry-run", "--quiet").output == ""
    failed = run("upscale", gone, "--quiet")
    assert failed.exit_code == 1
    assert failed.output == f"failed   '{gone}' does not exist.\n1 failed: {gone}\n"
    assert "FileNotFoundError" in run("--debug", "upscale", gone).output


def test_debug_shows_the_traceback_of_a_file_that_failed():
    result = JobResult("a.png", None, "failed", "'a.png': surprise", RuntimeError("surprise"))
    for arguments, shown in ([[], False], [["--debug"], True]):
        told = io.StringIO()
        context = main.make_context("keras-dgggan", [*arguments, "upscale"])
        with context, contextlib.redirect_stderr(told):
            say_result(result)
        assert ("RuntimeError: surprise" in told.getvalue()) is shown


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--face_enhance"], "no option --face_enhance: there is no model for faces alone"),
        (["--device", "cuda"], "'cuda' is none of auto, cpu, gpu and gpu:N"),
        (["--outscale", "0"], "0.0 is not in the range 0<x<=64"),
        (["-n", "dgggan_x4_ligth"], "did you mean 'dgggan_x4_light'?"),
        (["-t", "7"], "'7' is neither auto nor off"),
    ],
)
def test_what_upscale_cannot_mean_is_answered_with_what_it_can(arguments, said, tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    result = run("upscale", "-i", str(tmp_path / "a.png"), *arguments)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    "words, offered",
    [
        (["upscale", "--model", "dgggan_x4_light_"], {"dgggan_x4_light_gan"}),
        (["train", "psnr"], {"psnr_x4"}),
        (["info", "--network", "ed"], {"edsr"}),
    ],
)
def test_shells_complete_names(words, offered):
    *before, incomplete = words
    completion = ShellComplete(main, {}, "keras-dgggan", "_KERAS_DGGGAN_COMPLETE")
    items = completion.get_completions(before, incomplete)
    assert {item.value for item in items if item.type == "plain"} == offered
