import dataclasses
import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from checks import python, skip_without_bfloat16
from skimage.metrics import peak_signal_noise_ratio

from keras_dgggan import Critic, Generator, imresize, losses
from keras_dgggan.gan import DGGGAN, wgan_gp
from keras_dgggan.losses import LossWeights
from keras_dgggan.networks.vgg import VGGFeatures

TINY = {"filters": 4, "blocks": 2, "gradient_every": 1, "se_reduction": 2}
NONE = dict.fromkeys(LossWeights.__dataclass_fields__, 0.0)
GAN = LossWeights(perceptual=0)
PSNR_STAGE = LossWeights(perceptual=0, adversarial=0, gradient_adversarial=0)


# Where few steps are taken, most tests take them eagerly: building the graph takes longer.
def tiny_model(weights=GAN, *, seed=0, features=None, dtype=None, **options):
    keras.utils.set_random_seed(seed)
    compile_options = {
        key: options.pop(key)
        for key in list(options)
        if key in inspect.signature(DGGGAN.compile).parameters
    }
    model = DGGGAN(
        Generator(**TINY, dtype=dtype),
        Critic(16, filters=4) if weights.adversarial else None,
        Critic(16, filters=4) if weights.gradient_adversarial else None,
        features,
        **options,
    )
    model.compile(loss_weights=weights, **compile_options)
    return model


@pytest.fixture
def batch(rng):
    hr = rng.integers(0, 256, [4, 16, 16, 3]).astype("uint8")
    return np.stack([imresize(image, 0.25) for image in hr]), hr


def test_fit_logs_every_term_both_critics_and_loss(batch):
    model = tiny_model(run_eagerly=True)
    logs = model.fit(*batch, batch_size=2, epochs=1, verbose=0).history
    terms = ["pixel", "gradient", "adversarial", "gradient_adversarial", "gradient_branch"]
    critics = [
        f"{critic}_critic_{part}"
        for critic in ("image", "gradient")
        for part in ("loss", "wasserstein", "penalty", "real", "fake")
    ]
    assert set(logs) == {"loss", *terms, *(f"{term}_weighted" for term in terms), *critics}
    assert logs["loss"][0] == pytest.approx(sum(logs[f"{t}_weighted"][0] for t in terms), rel=1e-4)
    for term in terms:
        weighted = getattr(GAN, term) * logs[term][0]
        assert logs[f"{term}_weighted"][0] == pytest.approx(weighted, rel=1e-4, abs=1e-7)
    for critic in ("image", "gradient"):
        part = {k: logs[f"{critic}_critic_{k}"][0] for k in ("wasserstein", "real", "fake")}
        assert part["wasserstein"] == pytest.approx(part["real"] - part["fake"], abs=1e-5)


EQUATIONS = {
    "gradient_loss": {"gradient": 1},  # eq. 6
    "perceptual_loss": {"perceptual": 1},  # eq. 8
    "pixel_loss": {"pixel": 1},  # eq. 9
    "gradient_branch_loss": {"gradient_branch": 1},  # eq. 7, the last term
    "adversarial_loss": {"adversarial": 1},  # eq. 10, the generator's part
    "wasserstein_loss": {"adversarial": 1},  # eq. 10, its first two terms
    "interpolates": {"gradient_adversarial": 1},  # eq. 10, where the penalty is taken
    "gradient_penalty": {"gradient_adversarial": 1},  # eq. 10, its third term
}


@pytest.mark.parametrize("equation", EQUATIONS)
def test_fit_goes_through_the_function_of_each_equation(equation, batch, monkeypatch):
    class WasCalledError(Exception):
        pass

    def called(*arguments):
        raise WasCalledError

    def fit(weights):
        features = (
            keras.Sequential([keras.layers.Conv2D(2, 3)]) if "perceptual" in weights else None
        )
        weights = LossWeights(**NONE | weights)
        tiny_model(weights, features=features, run_eagerly=True).fit(*batch, verbose=0)

    monkeypatch.setattr(losses, equation, called)
    with pytest.raises(WasCalledError):
        fit(EQUATIONS[equation])


def test_a_script_sees_a_handful_of_numbers_and_history_has_all(batch, capsys):
    model = tiny_model(run_eagerly=True)
    history = model.fit(*batch, batch_size=2, verbose=2).history
    shown = capsys.readouterr().out
    assert len(history) > 15
    for name in ("loss", "pixel", "image_critic_wasserstein", "gradient_critic_wasserstein"):
        assert f"{name}: " in shown
    # Time of the epoch, time of a step, and the numbers.
    assert shown.count(" - ") <= 6
    own = keras.callbacks.ProgbarLogger()
    model.fit(*batch, verbose=2, callbacks=[own])
    assert "image_critic_penalty: " in capsys.readouterr().out


def test_the_psnr_stage_needs_and_runs_no_critic(batch):
    model = tiny_model(PSNR_STAGE, run_eagerly=True)
    logs = model.fit(*batch, verbose=0).history
    assert not [name for name in logs if "critic" in name or "adversarial" in name]
    assert model.image_critic_optimizer is None


def test_features_of_several_layers_are_compared_in_a_step_of_the_compiled_graph(batch):
    layers = ["block1_conv2", "block2_conv1"]
    features = VGGFeatures("vgg16", layers, "torch", unit=True)
    weights = dataclasses.replace(PSNR_STAGE, perceptual=1.0)
    model = tiny_model(weights, features=features)
    lr, hr = batch
    hr_features, sr_features = (
        [np.asarray(each, np.float32) for each in features(image)]
        for image in (hr / np.float32(255), model.generator(lr / np.float32(255))["image"])
    )
    expected = sum(np.abs(hr - sr).mean() for hr, sr in zip(hr_features, sr_features, strict=True))
    logs = model.fit(lr, hr, batch_size=4, verbose=0).history
    assert logs["perceptual"][0] == pytest.approx(expected, rel=1e-3)


def test_a_critic_of_weight_zero_is_never_called(batch):
    model = tiny_model()
    before = model.gradient_critic.get_weights()
    weights = LossWeights(perceptual=0, gradient_adversarial=0)
    model.compile(loss_weights=weights, run_eagerly=True)
    logs = model.fit(*batch, verbose=0).history
    assert not [name for name in logs if name.startswith("gradient_critic")]
    for a, b in zip(before, model.gradient_critic.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "weight, network",
    [
        ("perceptual", "feature_extractor"),
        ("adversarial", "image_critic"),
        ("gradient_adversarial", "gradient_critic"),
    ],
)
def test_a_weight_without_its_network_is_refused(weight, network):
    with pytest.raises(ValueError, match=network):
        DGGGAN(Generator(**TINY)).compile(loss_weights=LossWeights(**NONE | {weight: 1.0}))


def test_a_gradient_branch_weight_without_the_branch_is_refused():
    model = DGGGAN(Generator(**TINY, gradient_branch=False))
    with pytest.raises(ValueError, match="gradient_branch"):
        model.compile(loss_weights=LossWeights(**NONE | {"gradient_branch": 1.0}))


def test_the_image_branch_alone_trains(batch):
    model = DGGGAN(Generator(**TINY, gradient_branch=False))
    model.compile(loss_weights=LossWeights(**NONE | {"pixel": 1.0}), run_eagerly=True)
    assert model.fit(*batch, verbose=0).history["loss"][0] > 0


def test_one_generator_forward_pass_serves_all_updates(batch, monkeypatch):
    model = tiny_model(run_eagerly=True)
    calls = []
    call = Generator.call
    monkeypatch.setattr(
        Generator, "call", lambda self, *a, **k: calls.append(1) or call(self, *a, **k)
    )
    model.fit(*batch, batch_size=4, epochs=1, verbose=0)
    assert len(calls) == 1


def test_the_step_equals_the_three_updates_written_out(batch):
    """An independent transcription of eqs. 7 and 10 with plain gradient descent."""
    rate = 0.01
    weights = LossWeights(
        perceptual=0, pixel=1, gradient=0.5, adversarial=0.1, gradient_adversarial=0.2,
        gradient_branch=0.3,
    )  # fmt: skip
    sgd = [keras.optimizers.SGD(rate) for _ in range(3)]
    model = tiny_model(weights, **dict(zip(
        ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer"), sgd, strict=True
    )))  # fmt: skip
    lr, hr = (tf.constant(b, tf.float32) / 255 for b in batch)
    nets = (model.generator, model.image_critic, model.gradient_critic)

    def gradient_map(x):
        p = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
        return tf.sqrt(
            (p[:, 1:-1, 2:] - p[:, 1:-1, :-2]) ** 2 + (p[:, 2:, 1:-1] - p[:, :-2, 1:-1]) ** 2 + 1e-6
        )

    def mean_l1(a, b):
        return tf.reduce_mean(tf.abs(a - b))

    seed = tf.constant([0, 0], tf.int64)
    expected = []
    with tf.GradientTape() as tape:
        out = model.generator(lr)
        sr = out["image"]
        loss = (
            mean_l1(hr, sr)
            + 0.5 * mean_l1(gradient_map(hr), gradient_map(sr))
            - 0.1 * tf.reduce_mean(model.image_critic(sr))
            - 0.2 * tf.reduce_mean(model.gradient_critic(gradient_map(sr)))
            + 0.3 * mean_l1(gradient_map(hr), out["gradient_map"])
        )
    expected.append(tape.gradient(loss, model.generator.trainable_variables))
    pairs = [(hr, sr), (gradient_map(hr), gradient_map(sr))]
    for i, (critic, (real, fake)) in enumerate(zip(nets[1:], pairs, strict=True)):
        alpha = tf.random.stateless_uniform([4], tf.random.fold_in(seed, -1 - i))
        with tf.GradientTape() as tape:
            between = alpha[:, None, None, None] * fake + (1 - alpha[:, None, None, None]) * real
            with tf.GradientTape() as inner:
                inner.watch(between)
                scores = critic(between)
            norm = tf.norm(tf.reshape(inner.gradient(scores, between), [4, -1]), axis=1)
            loss = (
                tf.reduce_mean(critic(fake))
                - tf.reduce_mean(critic(real))
                + 10 * tf.reduce_mean((norm - 1) ** 2)
            )
        expected.append(tape.gradient(loss, critic.trainable_variables))
    before = [[v.numpy() for v in net.trainable_variables] for net in nets]
    model.train_step(batch_as_tensors(batch))
    for net, start, gradients in zip(nets, before, expected, strict=True):
        for variable, old, gradient in zip(net.trainable_variables, start, gradients, strict=True):
            moved = (old - variable.numpy()) / rate
            np.testing.assert_allclose(moved, gradient, atol=2e-4 * (1 + np.abs(gradient).max()))


def batch_as_tensors(batch):
    return tuple(tf.constant(part) for part in batch)


@pytest.mark.slow
def test_with_n_critic_3_a_step_updates_critics_3_times_on_parts_of_the_batch(rng):
    hr = rng.random([6, 16, 16, 3], "float32")
    lr = np.stack([imresize(image, 0.25) for image in hr])
    model = tiny_model(n_critic=3, run_eagerly=True)
    model.fit(lr, hr, batch_size=6, epochs=1, verbose=0)
    assert int(model.optimizer.iterations) == 1
    assert int(model.image_critic_optimizer.iterations) == 3
    assert int(model.gradient_critic_optimizer.iterations) == 3
    with pytest.raises(ValueError, match="batch=4, n_critic=3"):
        model.train_step((tf.constant(lr[:4]), tf.constant(hr[:4])))


def first_and_last(model, batch, steps):
    """The logs of the first and of the last of some steps on one batch.

    An epoch for each step would make an iterator for each, which takes longer than the step.
    """
    once = tf.data.Dataset.from_tensors(batch)
    parts = (once, once.repeat(steps - 2), once)
    first, _, last = (model.fit(part, shuffle=False, verbose=0).history for part in parts)
    return first, last


@pytest.mark.slow
@pytest.mark.parametrize("term", [t for t in NONE if "adversarial" not in t])
def test_each_loss_term_alone_decreases(term, batch):
    features = None
    if term == "perceptual":
        features = keras.Sequential([keras.layers.Conv2D(4, 3), keras.layers.Conv2D(4, 3)])
        features.build([None, 16, 16, 3])
    model = tiny_model(
        LossWeights(**NONE | {term: 1.0}), features=features, optimizer=keras.optimizers.Adam(5e-3)
    )
    first, last = first_and_last(model, batch, 40)
    assert last["loss"][0] < 0.85 * first["loss"][0]


@pytest.mark.slow
@pytest.mark.parametrize("critic", ["image", "gradient"])
def test_an_adversarial_term_alone_decreases_and_its_critic_learns(critic, batch):
    term = {"image": "adversarial", "gradient": "gradient_adversarial"}[critic]
    weights = LossWeights(**NONE | {term: 1.0})
    # The generator alone, against a critic that stands still.
    still = {f"{critic}_critic_optimizer": keras.optimizers.SGD(1e-12)}
    model = tiny_model(weights, optimizer=keras.optimizers.Adam(1e-3), **still)
    first, last = first_and_last(model, batch, 30)
    assert last["loss"][0] < first["loss"][0]
    # The critic alone, against a generator that stands still.
    learning = {f"{critic}_critic_optimizer": keras.optimizers.Adam(1e-3)}
    model = tiny_model(weights, optimizer=keras.optimizers.SGD(1e-12), **learning)
    first, last = first_and_last(model, batch, 30)
    assert last[f"{critic}_critic_loss"][0] < first[f"{critic}_critic_loss"][0]


@pytest.mark.slow
def test_a_small_model_overfits_two_images_by_more_than_3_db_over_bicubic():
    from skimage import data

    hr = np.stack([data.astronaut()[40:88, 190:238], data.coffee()[100:148, 250:298]])
    lr = np.stack([imresize(image, 0.25) for image in hr])
    keras.utils.set_random_seed(1)
    model = DGGGAN(
        Generator(16, 3, 1, upsampler="pixel_shuffle", image_skip=True), Critic(48, filters=4)
    )
    weights = LossWeights(
        perceptual=0, pixel=1, gradient=0.1, adversarial=1e-4, gradient_adversarial=0,
        gradient_branch=0.1,
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(3e-3), loss_weights=weights)
    model.fit(tf.data.Dataset.from_tensors((lr, hr)).repeat(300), shuffle=False, verbose=0)
    sr = np.rint(np.clip(model.predict(lr, verbose=0)["image"], 0, 1) * 255).astype("uint8")
    bicubic = np.stack([imresize(image, 4) for image in lr])
    gain = peak_signal_noise_ratio(hr, sr) - peak_signal_noise_ratio(hr, bicubic)
    assert gain > 3


def test_evaluate_gives_psnr_and_ssim_on_y(batch):
    model = tiny_model(PSNR_STAGE, crop_border=2)
    scores = model.evaluate(*batch, verbose=0, return_dict=True)
    assert set(scores) == {"psnr_y", "ssim_y"}
    lr, hr = (part / np.float32(255) for part in batch)
    sr = np.clip(np.asarray(model.generator(lr)["image"]), 0, 1)
    luma = np.array([65.481, 128.553, 24.966]) / 255
    mse = (((hr - sr)[:, 2:-2, 2:-2] @ luma) ** 2).mean(axis=(1, 2))
    assert scores["psnr_y"] == pytest.approx(np.mean(-10 * np.log10(mse)), abs=1e-3)


@pytest.mark.slow
def test_saving_keeps_everything_and_training_goes_on_alike(batch, tmp_path):
    model = tiny_model(ema_decay=0.9, run_eagerly=True)
    model.fit(*batch, batch_size=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded.run_eagerly = True
    assert int(loaded.step) == int(model.step) == 2
    for optimizer in ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer"):
        for a, b in zip(
            getattr(model, optimizer).variables, getattr(loaded, optimizer).variables, strict=True
        ):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    for one in (model, loaded):
        one.fit(*batch, batch_size=4, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_a_saved_model_loads_and_predicts_in_a_fresh_process(batch, tmp_path):
    model = tiny_model(ema_decay=0.9, run_eagerly=True)
    model.fit(*batch, verbose=0)
    # Predicted by a graph, as the other process does.
    model.run_eagerly = False
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "lr.npy", batch[0])
    code = f"""
import keras, numpy as np, keras_dgggan
model = keras.saving.load_model({str(tmp_path / "model.keras")!r})
assert model.compiled and int(model.optimizer.iterations) == 1
np.save({str(tmp_path / "sr.npy")!r}, model.predict(np.load({str(tmp_path / "lr.npy")!r}))["image"])
"""
    python(code)
    expected = model.predict(batch[0], verbose=0)["image"]
    np.testing.assert_allclose(np.load(tmp_path / "sr.npy"), expected, rtol=1e-5, atol=1e-5)


def test_the_average_follows_its_decay(batch):
    model = tiny_model(PSNR_STAGE, ema_decay=0.5, optimizer=keras.optimizers.SGD(0.1))
    expected = model.generator.get_weights()
    for step in range(3):
        model.train_step(batch_as_tensors(batch))
        decay = min(0.5, (1 + step) / (10 + step))
        now = model.generator.get_weights()
        expected = [decay * a + (1 - decay) * b for a, b in zip(expected, now, strict=True)]
    for a, b in zip(model.ema_generator.get_weights(), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    assert model.inference_generator is model.ema_generator


def test_uint8_and_float_batches_are_the_same(batch):
    one, other = tiny_model(PSNR_STAGE), tiny_model(PSNR_STAGE)
    one.train_step(batch_as_tensors(batch))
    other.train_step(tuple(tf.constant(part / np.float32(255)) for part in batch))
    for a, b in zip(one.generator.get_weights(), other.generator.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_trains_beside_float32(policy, batch):
    if policy == "mixed_bfloat16":
        skip_without_bfloat16()
    exact, mixed = (tiny_model(dtype=dtype, run_eagerly=True) for dtype in ("float32", policy))
    scaled = policy == "mixed_float16"
    for name in ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer"):
        optimizer = getattr(mixed, name)
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer) == scaled
    a = exact.fit(*batch, batch_size=4, epochs=3, verbose=0).history
    b = mixed.fit(*batch, batch_size=4, epochs=3, verbose=0).history
    for name in ("pixel", "gradient", "gradient_branch"):
        np.testing.assert_allclose(b[name], a[name], rtol=0.05, atol=0.01)
    # Rounding moves inputs of a leaky ReLU past its kink, so slopes differ more than values: up to
    # a sixth over seeds and kinds of CPU.
    for name in ("image_critic_penalty", "gradient_critic_penalty"):
        np.testing.assert_allclose(b[name], a[name], rtol=0.5, atol=0.05)


def test_accumulated_gradients_equal_those_of_one_batch(batch):
    sgd = {
        name: keras.optimizers.SGD(0.01)
        for name in ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer")
    }
    # Alpha depends on the step, so the penalty is left out of the comparison.
    whole = tiny_model(gradient_penalty_weight=0, ema_decay=0.9, **sgd)
    halves = tiny_model(
        gradient_penalty_weight=0,
        ema_decay=0.9,
        **{name: keras.optimizers.SGD(0.01, gradient_accumulation_steps=2) for name in sgd},
    )
    lr, hr = batch_as_tensors(batch)
    whole.train_step((lr, hr))
    halves.train_step((lr[:2], hr[:2]))
    halves.train_step((lr[2:], hr[2:]))
    for network in ("generator", "ema_generator", "image_critic", "gradient_critic"):
        for a, b in zip(
            getattr(whole, network).get_weights(),
            getattr(halves, network).get_weights(),
            strict=True,
        ):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("where", ["lr", "hr"])
def test_a_batch_that_is_not_finite_changes_no_weight_and_is_named(where, batch):
    model = tiny_model(ema_decay=0.9)
    lr, hr = (part / np.float32(255) for part in batch)
    {"lr": lr, "hr": hr}[where][1, 0, 0, 0] = np.nan
    before = model.generator.get_weights() + model.image_critic.get_weights()
    model.train_step((tf.constant(lr), tf.constant(hr)))
    assert int(model.skipped_steps) == 1
    assert "pixel" in model.nonfinite()
    assert "image critic" in model.nonfinite()
    after = model.generator.get_weights() + model.image_critic.get_weights()
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)
    model.train_step(batch_as_tensors(batch))
    assert model.nonfinite() == []
    assert np.isfinite(model.training_logs()["loss"])


@pytest.mark.slow
def test_xla_gives_the_same_step(batch, monkeypatch):
    # TensorFlow's random numbers differ under XLA.
    monkeypatch.setattr(wgan_gp, "penalty_places", lambda batch, seed: tf.fill([batch], 0.3))
    names = ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer")
    models = [
        tiny_model(**how, **{name: keras.optimizers.SGD(1e-3) for name in names})
        for how in ({"run_eagerly": True}, {"jit_compile": True})
    ]
    for model in models:
        model.fit(*batch, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
