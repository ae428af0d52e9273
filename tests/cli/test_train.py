import pytest
from click.testing import CliRunner

from keras_dgggan.cli import main


def invoke(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_resume_and_fresh_exclude_each_other(here):
    result = invoke("train", "quickstart", "--resume", "--fresh")
    assert result.exit_code == 2
    assert result.output == "Error: --resume and --fresh exclude each other\n"


def test_there_must_be_something_to_resume(here):
    result = invoke("train", "quickstart", "--resume")
    assert result.exit_code == 2
    assert "nothing to resume: there is no run in 'runs/quickstart'" in result.output


@pytest.mark.parametrize("name", ["quick", "none.yaml"])
def test_an_unknown_recipe_is_named(here, name):
    result = invoke("train", name)
    assert result.exit_code == 2
    assert name in result.output and "Traceback" not in result.output


def test_several_machines_need_tf_config(here, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    result = invoke("train", "quickstart", "--set", "training.distribute=multi_worker")
    assert result.exit_code == 2
    assert "needs TF_CONFIG" in result.output


def test_curves_go_into_the_run_folder(here):
    (here / "run").mkdir()
    (here / "run" / "log.csv").write_text("step,loss\n1,0.5\n2,0.25\n")
    result = invoke("plot", "run")
    assert result.exit_code == 0, result.output
    assert result.output == "run/curves.png\n"
    assert (here / "run" / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_curves_is_an_error_of_one_line(here):
    result = invoke("plot", str(here))
    assert result.exit_code == 2
    assert "no log.csv with a row" in result.output
