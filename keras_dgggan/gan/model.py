"""DGGGAN: a generator and two critics with their training step (paper eqs. 7 and 10)."""

from dataclasses import asdict
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from keras_dgggan.gan import replicas
from keras_dgggan.gan.config import SavesItsConfig
from keras_dgggan.gan.replicas import Optimizer, prepared_optimizer
from keras_dgggan.gan.reports import ReportsTraining
from keras_dgggan.gan.step_state import (
    add_counter,
    all_finite,
    as_float,
    checks_and_means,
    frozen_copy,
    gradients_of,
    tensorflow_variables,
    update_average,
)
from keras_dgggan.gan.wgan_gp import CriticLosses, batch_parts, fold_in, wgan_losses
from keras_dgggan.layers import image_gradient
from keras_dgggan.losses import LossWeights, check_networks, generator_terms, step_logs
from keras_dgggan.metrics import PSNR, SSIM
from keras_dgggan.networks import Generator


@keras.saving.register_keras_serializable(package="keras_dgggan")
class DGGGAN(SavesItsConfig, ReportsTraining, keras.Model):
    """A Keras model that trains a generator by the paper's six losses and two WGAN-GP critics.

    Args:
        generator: A `Generator`, or another network of this package.
        image_critic: A `Critic` of images; needed while the adversarial weight is not 0.
        gradient_critic: A `Critic` of gradient maps; needed while the gradient adversarial
            weight is not 0.
        feature_extractor: Maps RGB in [0, 1] to features, like `vgg19_features()`; needed while
            the perceptual weight is not 0.
        ema_decay: Keep an exponential moving average of the generator's weights with this decay
            (0.999 is usual), used by `predict` and `evaluate`. Its first steps use
            `(1 + step) / (10 + step)` where that is smaller.

    Training data are batches of `(lr, hr)`: `[batch, height, width, 3]` and
    `[batch, scale * height, scale * width, 3]`, uint8 or float in [0, 1]. Each generator step
    goes with `n_critic` critic steps on fresh samples: a batch holds `n_critic` equal parts.

    `predict` returns a dict of `image` and `gradient_map`, not clipped; `evaluate` gives PSNR and
    SSIM on Y. `save` keeps everything: all networks, all optimizers, the average, the step.

    A step with a loss or gradient that is not finite changes no weight: it is counted in
    `skipped_steps`, and `nonfinite()` names what was wrong.

    Examples:
        >>> small = {"filters": 4, "blocks": 1, "gradient_every": 1, "se_reduction": 2}
        >>> model = DGGGAN(Generator(**small), Critic(16, filters=2), Critic(16, filters=2))
        >>> model.compile(loss_weights=LossWeights(perceptual=0), run_eagerly=True)
        >>> hr = np.random.default_rng(0).integers(0, 256, [4, 16, 16, 3], "uint8")
        >>> lr = np.stack([imresize(image, 0.25) for image in hr])
        >>> history = model.fit(lr, hr, batch_size=2, verbose=0)
        >>> int(model.step), model.predict(lr, verbose=0)["image"].shape
        (2, (4, 16, 16, 3))

    Reference:
        Eq. 7 (generator) and eq. 10 (critics) of the paper.
    """

    def __init__(
        self,
        generator: Generator,
        image_critic: keras.Model | None = None,
        gradient_critic: keras.Model | None = None,
        feature_extractor: keras.Model | None = None,
        *,
        ema_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if ema_decay is not None and not 0 <= ema_decay < 1:
            raise ValueError(f"`ema_decay` must be in [0, 1). Received: ema_decay={ema_decay}")
        self.generator = generator
        self.image_critic: Any = image_critic
        self.gradient_critic: Any = gradient_critic
        self.feature_extractor: Any = feature_extractor
        self.ema_decay = ema_decay
        self.ema_generator: Any = None if ema_decay is None else frozen_copy(generator)
        self.step = add_counter(self, "step")
        self.skipped_steps = add_counter(self, "skipped_steps")
        self.built = True

    @property
    def updates(self) -> int:
        """Updates of the generator so far: fewer than batches where gradients are accumulated."""
        return int(self.step.numpy()) // self.accumulate

    @property
    def inference_generator(self) -> Generator:
        """The generator to use and export: the averaged one where there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    def compile(
        self,
        optimizer: Optimizer = None,
        image_critic_optimizer: Optimizer = None,
        gradient_critic_optimizer: Optimizer = None,
        *,
        loss_weights: LossWeights | None = None,
        gradient_penalty_weight: float = 10.0,
        n_critic: int = 1,
        crop_border: int | None = None,
        seed: int = 0,
        jit_compile: bool = False,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
    ) -> None:
        """Choose optimizers and losses.

        Args:
            optimizer: Of the generator; Adam with the paper's 1e-4, 0.9 and 0.999 by default.
            image_critic_optimizer: Of the image critic; the same default.
            gradient_critic_optimizer: Of the gradient critic; the same default. A critic's
                optimizer counts critic steps: see `keras_dgggan.gan.schedules.PerGeneratorStep`.
            loss_weights: The six weights of eq. 7. A term of weight 0 costs nothing; with both
                adversarial weights 0 no critic runs (the PSNR stage).
            gradient_penalty_weight: Lambda of eq. 10.
            n_critic: Critic steps to a generator step.
            crop_border: Pixels that `evaluate` leaves out; the scale by default.
            seed: Of the places between real and fake where the penalty is taken, which are a
                function of it and the step.
            jit_compile: Compile the step by XLA.
            run_eagerly: As in Keras.
            steps_per_execution: As in Keras.

        Raises:
            ValueError: A weight needs a network that the model was not given.
        """
        weights = loss_weights or LossWeights()
        networks = ("feature_extractor", "image_critic", "gradient_critic")
        check_networks(weights, self.generator, {n: getattr(self, n) for n in networks})
        if n_critic < 1:
            raise ValueError(f"`n_critic` must be at least 1. Received: n_critic={n_critic}")
        self.loss_weights = weights
        self.gradient_penalty_weight = gradient_penalty_weight
        self.n_critic = n_critic
        self.crop_border = self.generator.scale if crop_border is None else crop_border
        self.seed = seed
        self.scales_loss = any(layer.compute_dtype == "float16" for layer in self.generator.layers)
        super().compile(
            optimizer=prepared_optimizer(optimizer, self.generator, self.scales_loss),
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            auto_scale_loss=False,
        )
        inner: Any = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        self.accumulate = inner.gradient_accumulation_steps or 1
        self.image_critic_optimizer = None
        self.gradient_critic_optimizer = None
        if weights.adversarial:
            self.image_critic_optimizer = prepared_optimizer(
                image_critic_optimizer, self.image_critic, self.scales_loss
            )
        if weights.gradient_adversarial:
            self.gradient_critic_optimizer = prepared_optimizer(
                gradient_critic_optimizer, self.gradient_critic, self.scales_loss
            )
        terms = [name for name, weight in asdict(weights).items() if weight]
        self._finite, self._means = checks_and_means(terms, list(self._critics()))
        self._psnr = PSNR(crop_border=self.crop_border, name="psnr_y")
        self._ssim = SSIM(crop_border=self.crop_border, name="ssim_y")

    def _critics(self) -> dict[str, tuple[keras.Model, keras.optimizers.Optimizer]]:
        """The critics that take part, by what they look at, each with its optimizer."""
        critics = {}
        if self.loss_weights.adversarial:
            critics["image"] = (self.image_critic, self.image_critic_optimizer)
        if self.loss_weights.gradient_adversarial:
            critics["gradient"] = (self.gradient_critic, self.gradient_critic_optimizer)
        return critics

    # === Training ===
    def train_step(self, data: tuple) -> dict[str, tf.Tensor]:
        lr, hr = (as_float(batch) for batch in data)
        *extra_parts, (lr, hr) = batch_parts(lr, hr, self.n_critic if self._critics() else 1)
        seed = tf.stack([tf.constant(self.seed, tf.int64), tf.convert_to_tensor(self.step)])
        critics_finite = [
            self._update_critics(*part, fold_in(seed, i)) for i, part in enumerate(extra_parts, 1)
        ]
        hr_features = self.feature_extractor(hr) if self.loss_weights.perceptual else None
        real = {"image": hr, "gradient": image_gradient(hr)}
        networks = {"generator": (self.generator, self.optimizer)} | self._critics()

        with tf.GradientTape(persistent=True) as tape:
            # One forward pass of the generator serves its own update and the critics'.
            output = self.generator(lr, training=True)
            fake = {"image": output["image"], "gradient": image_gradient(output["image"])}
            # The critics score a copy: the gradient of their scores at the fake batch is needed by
            # their own updates and by the generator's, and is worked out once for both.
            scored = {name: tf.stop_gradient(batch) for name, batch in fake.items()}
            tape.watch(scored)
            wgan = self._wgan_losses(real, scored, seed)  # eq. 10
            sr_features = None if hr_features is None else self.feature_extractor(fake["image"])
            features = (hr_features, sr_features)
            terms = generator_terms(
                self.loss_weights, real, fake, output, features, wgan, self.generator.scale
            )
            weights = asdict(self.loss_weights)
            weighted = {name: weights[name] * term for name, term in terms.items()}
            loss = tf.add_n(list(weighted.values()))  # eq. 7
            minimised = {"generator": loss} | {n: part.loss for n, part in wgan.items()}
            scaled = {n: networks[n][1].scale_loss(value) for n, value in minimised.items()}

        # All gradients are taken before any update, so that the parts of a batch whose gradients
        # are accumulated all see the same weights.
        gradients, score_gradients = {}, {}
        for name, (critic, optimizer) in self._critics().items():
            *gradients[name], score_gradient = gradients_of(
                tape, scaled[name], critic, scored[name]
            )
            # A critic minimises the mean score of the fake batch, the generator its negative.
            weight = weights["adversarial" if name == "image" else "gradient_adversarial"]
            scale = self.optimizer.scale_loss(1.0) / optimizer.scale_loss(1.0)
            score_gradients[name] = -weight * scale * score_gradient
        gradients["generator"] = tape.gradient(
            [scaled["generator"], *(fake[name] for name in score_gradients)],
            tensorflow_variables(self.generator),
            output_gradients=[tf.ones([]), *score_gradients.values()],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        del tape
        gradients, loss, terms, weighted, wgan = replicas.mean(
            (gradients, loss, terms, weighted, wgan)
        )

        def update(gradients: dict[str, list[tf.Tensor]], logs: dict[str, tf.Tensor]) -> None:
            for name, (network, optimizer) in networks.items():
                optimizer.apply(gradients[name], network.trainable_variables)
            if self.ema_decay is not None:
                update_average(
                    self.ema_generator,
                    self.generator,
                    tf.convert_to_tensor(self.step),
                    decay=self.ema_decay,
                    accumulate=self.accumulate,
                )
            self._means.update_state(logs)

        finite = self._finite.update(
            terms, wgan, gradients, critics_finite, scales_loss=self.scales_loss
        )
        logs = step_logs(loss, terms, weighted, wgan)
        replicas.update_if(finite, update, gradients, logs)
        self.skipped_steps.assign_add(tf.cast(~finite, tf.int64))
        self.step.assign_add(1)
        return replicas.as_logs(self._means.result())

    def _wgan_losses(self, real: dict, fake: dict, seed: tf.Tensor) -> dict[str, CriticLosses]:
        critics = {name: critic for name, (critic, _) in self._critics().items()}
        return wgan_losses(critics, real, fake, seed, self.gradient_penalty_weight)

    def _update_critics(
        self, lr: tf.Tensor, hr: tf.Tensor, seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """A step of the critics alone (n_critic > 1); tells which were finite, and so taken."""
        sr = self.generator(lr, training=True)["image"]
        real = {"image": hr, "gradient": image_gradient(hr)}
        fake = {"image": sr, "gradient": image_gradient(sr)}
        finite = {}
        with tf.GradientTape(persistent=True) as tape:
            wgan = self._wgan_losses(real, fake, seed)
            scaled = {
                name: optimizer.scale_loss(wgan[name].loss)
                for name, (_, optimizer) in self._critics().items()
            }
        for name, (critic, optimizer) in self._critics().items():
            loss, gradients = replicas.mean(
                (wgan[name].loss, gradients_of(tape, scaled[name], critic))
            )
            finite[name] = all_finite(loss, gradients, self.scales_loss)
            apply = partial(optimizer.apply, trainable_variables=critic.trainable_variables)
            replicas.update_if(finite[name], apply, gradients)
        return finite

    # === Evaluation and inference ===
    def test_step(self, data: tuple) -> dict[str, tf.Tensor]:
        lr, hr = (as_float(batch) for batch in data)
        sr = tf.clip_by_value(self.inference_generator(lr, training=False)["image"], 0.0, 1.0)
        self._psnr.update_state(hr, sr)
        self._ssim.update_state(hr, sr)
        return {"psnr_y": self._psnr.result(), "ssim_y": self._ssim.result()}

    def call(self, lr: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        network = self.generator if training else self.inference_generator
        return network(as_float(lr), training=training)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._means, self._psnr, self._ssim] if self.compiled else []
