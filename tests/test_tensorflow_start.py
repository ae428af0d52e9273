import pytest
from checks import python

_STATE = "import os, keras_dgggan; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"


def test_onednn_is_turned_on_before_tensorflow_is_imported(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    assert python(_STATE, fresh=True).strip() == "1"
    assert (
        python(_STATE.replace("keras_dgggan;", "keras_dgggan.errors;"), fresh=True).strip() == "1"
    )


def test_what_the_user_set_is_left_alone():
    assert python(_STATE, fresh=True, TF_ENABLE_ONEDNN_OPTS="0").strip() == "0"


@pytest.mark.slow
@pytest.mark.parametrize("set_to, state", [("1", "on"), ("0", "off")])
def test_onednn_does_as_the_environment_says_and_nothing_is_narrated(set_to, state, capfd):
    pytest.importorskip("tensorflow")
    code = (
        "import os, sys, tempfile\n"
        "file = tempfile.TemporaryFile()\n"
        "os.dup2(file.fileno(), 2)\n"
        "from keras_dgggan import Generator\n"
        "import tensorflow as tf\n"
        "tf.zeros(1)\n"
        "from keras_dgggan.tensorflow_start import onednn_state\n"
        "print(onednn_state())\n"
        "file.seek(0)\n"
        "print(b'oneDNN' in file.read())\n"
    )
    assert python(code, fresh=True, TF_ENABLE_ONEDNN_OPTS=set_to).split() == [state, "False"]
