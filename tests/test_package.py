import pytest
from checks import python

import keras_dgggan


@pytest.mark.parametrize("name", keras_dgggan.__all__)
def test_every_public_name_can_be_imported_and_is_described(name):
    value = getattr(keras_dgggan, name)
    assert name == "__version__" or value.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Genarator'"):
        _ = keras_dgggan.Genarator


def test_importing_the_package_loads_neither_keras_nor_tensorflow():
    code = "import sys, keras_dgggan; print({'keras', 'tensorflow'} & set(sys.modules))"
    out = python(code, fresh=True)
    assert out.strip() == "set()"


def test_importing_it_after_keras_makes_saved_models_loadable(tmp_path):
    path = str(tmp_path / "g.keras")
    keras_dgggan.Generator(4, 1, se_reduction=2).save(path)
    code = f"import keras, keras_dgggan; print(type(keras.saving.load_model({path!r})).__name__)"
    assert python(code).strip() == "Generator"


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax"])
def test_networks_losses_and_schedules_do_not_need_tensorflow(backend):
    code = """
import sys, keras, numpy as np
from keras_dgggan import Critic, Generator
from keras_dgggan import losses
from keras_dgggan.gan import schedules
hr = np.ones([1, 16, 16, 3], "float32")
sr = Generator(4, 1, se_reduction=2)(hr[:, ::4, ::4])
losses.gradient_loss(hr, sr["image"]), losses.gradient_penalty(hr), Critic(16, filters=2)(hr)
assert keras.config.backend() == "jax"
print("tensorflow" in sys.modules)
"""
    # Keras itself loads TensorFlow where it is installed, whatever the backend; what counts is
    # that nothing above needed the TensorFlow backend.
    python(code, backend=backend)


def test_every_package_is_an_attribute_without_an_import_of_its_own():
    code = "import keras_dgggan; print(keras_dgggan.metrics.psnr, keras_dgggan.losses.l1)"
    assert "psnr" in python(code)


def test_a_usage_error_is_a_value_error_too():
    with pytest.raises(ValueError, match="no preset 'dgggan_x9'"):
        keras_dgggan.presets.preset_card("dgggan_x9")


_MISTAKES = """
import keras_dgggan
from keras_dgggan import Generator, LossWeights, Upscaler

Upscaler(Generator(), tiel=3)
Generator(filters="many")
LossWeights(pixles=1.0)
keras_dgggan.Upscalr
weight: str = LossWeights().pixel
"""


@pytest.mark.slow
def test_a_type_checker_sees_the_mistakes_of_a_script(tmp_path):
    mypy = pytest.importorskip("mypy.api")
    script = tmp_path / "script.py"
    script.write_text(_MISTAKES)
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nfollow_untyped_imports = False\nignore_missing_imports = True\n")
    cache = str(tmp_path / "cache")
    out, _, _ = mypy.run([str(script), "--config-file", str(settings), "--cache-dir", cache])
    lines = out.splitlines()
    for number, words in [
        (5, 'Unexpected keyword argument "tiel"'),
        (6, 'expected "int"'),
        (7, 'Unexpected keyword argument "pixles"'),
        (8, 'no attribute "Upscalr"'),
        (9, 'expression has type "float"'),
    ]:
        assert any(f"script.py:{number}: error" in line and words in line for line in lines), out
