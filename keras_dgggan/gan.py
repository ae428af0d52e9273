"""The model that trains: a generator, two critics, one training step (paper eqs. 7 and 10)."""

from dataclasses import asdict
from typing import Any

import keras
import tensorflow as tf

from keras_dgggan import losses
from keras_dgggan.layers import image_gradient
from keras_dgggan.losses import LossWeights
from keras_dgggan.metrics import PSNR, SSIM
from keras_dgggan.networks import Generator
from keras_dgggan.optimizers import prepared_optimizer
from keras_dgggan.wgan_gp import CriticLosses, critic_losses


@keras.saving.register_keras_serializable(package="keras_dgggan")
class DGGGAN(keras.Model):
    """Trains a generator with the paper's six losses and two WGAN-GP critics.

    Args:
        generator: A `Generator`.
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

    Example:
        >>> model = DGGGAN(Generator(filters=16, blocks=4), Critic(96), Critic(96))
        >>> model.compile(loss_weights=LossWeights(perceptual=0))
        >>> model.fit(batches_of_lr_24_and_hr_96)

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
        self.image_critic = image_critic
        self.gradient_critic = gradient_critic
        self.feature_extractor = feature_extractor
        self.ema_decay = ema_decay
        self.ema_generator = None
        if ema_decay is not None:
            self.ema_generator = Generator.from_config(generator.get_config())
            self.ema_generator.set_weights(generator.get_weights())
            self.ema_generator.trainable = False
        self.step = self._counter("step")
        self.skipped_steps = self._counter("skipped_steps")
        self.built = True

    def _counter(self, name: str) -> keras.Variable:
        return self.add_weight(
            shape=(), dtype="int64", initializer="zeros", trainable=False, name=name
        )

    @property
    def inference_generator(self) -> Generator:
        """The generator to use and export: the averaged one where there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    def compile(
        self,
        optimizer: Any = None,
        image_critic_optimizer: Any = None,
        gradient_critic_optimizer: Any = None,
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
                optimizer counts critic steps: see `keras_dgggan.schedules.PerGeneratorStep`.
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
        self._check_networks(weights)
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
        inner = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        self._accumulate = inner.gradient_accumulation_steps or 1
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
        critics = list(self._critics())
        self._check_names = [*terms, *(f"{name} critic" for name in critics), "gradients"]
        self._last_check = tf.Variable([False] * len(self._check_names), trainable=False)
        names = ["loss", *(f"{term}{kind}" for term in terms for kind in ("", "_weighted"))]
        names += [f"{name}_critic_{part}" for name in critics for part in CriticLosses._fields]
        self._logs = {name: keras.metrics.Mean(name=name) for name in names}
        self._psnr = PSNR(crop_border=self.crop_border, name="psnr_y")
        self._ssim = SSIM(crop_border=self.crop_border, name="ssim_y")

    def _check_networks(self, weights: LossWeights) -> None:
        for value, network in [
            (weights.perceptual, "feature_extractor"),
            (weights.adversarial, "image_critic"),
            (weights.gradient_adversarial, "gradient_critic"),
        ]:
            if value and getattr(self, network) is None:
                raise ValueError(
                    f"These loss weights need `{network}`, which the model was not given. "
                    f"Received: loss_weights={weights}"
                )
        if weights.gradient_branch and not self.generator.gradient_branch:
            raise ValueError(
                "A generator without a gradient branch needs a `gradient_branch` weight of 0. "
                f"Received: loss_weights={weights}"
            )

    def _critics(self) -> dict[str, tuple[keras.Model, keras.optimizers.Optimizer]]:
        """The critics that take part, by what they look at, each with its optimizer."""
        critics = {}
        if self.loss_weights.adversarial:
            critics["image"] = (self.image_critic, self.image_critic_optimizer)
        if self.loss_weights.gradient_adversarial:
            critics["gradient"] = (self.gradient_critic, self.gradient_critic_optimizer)
        return critics

    # === Training ===
    def train_step(self, data: tuple) -> dict[str, Any]:
        *extra_parts, (lr, hr) = self._parts(*(_as_float(batch) for batch in data))
        seed = tf.stack([tf.constant(self.seed, tf.int64), tf.convert_to_tensor(self.step)])
        critics_finite = [
            self._critic_step(*part, tf.random.fold_in(seed, i))
            for i, part in enumerate(extra_parts, 1)
        ]
        hr_features = self.feature_extractor(hr) if self.loss_weights.perceptual else None
        real = {"image": hr, "gradient": image_gradient(hr)}
        networks = {"generator": (self.generator, self.optimizer)} | self._critics()

        with tf.GradientTape(persistent=True) as tape:
            # One forward pass of the generator serves its own update and the critics'.
            output = self.generator(lr, training=True)
            fake = {"image": output["image"], "gradient": image_gradient(output["image"])}
            adversary = self._adversary(real, fake, seed)  # eq. 10
            terms = self._terms(real, fake, output, hr_features, adversary)
            weights = asdict(self.loss_weights)
            weighted = {name: weights[name] * term for name, term in terms.items()}
            loss = tf.add_n(list(weighted.values()))  # eq. 7
            minimised = {"generator": loss} | {n: part.loss for n, part in adversary.items()}
            scaled = {n: networks[n][1].scale_loss(value) for n, value in minimised.items()}

        # All gradients are taken before any update, so that the parts of a batch whose gradients
        # are accumulated all see the same weights.
        gradients = {
            name: _gradients(tape, scaled[name], network) for name, (network, _) in networks.items()
        }
        del tape

        def update() -> None:
            for name, (network, optimizer) in networks.items():
                optimizer.apply(gradients[name], network.trainable_variables)
            self._update_average()
            self._log({"loss": loss}, terms, weighted, adversary)

        finite = self._check(terms, adversary, gradients, critics_finite)
        tf.cond(finite, update, lambda: _nothing(self.skipped_steps.assign_add(1)))
        self.step.assign_add(1)
        return {name: log.result() for name, log in self._logs.items()}

    def _terms(
        self, real: dict, fake: dict, output: dict, hr_features: Any, adversary: dict
    ) -> dict[str, Any]:
        """The terms of eq. 7 whose weights are not 0, in its order."""
        weights, terms = self.loss_weights, {}
        if weights.perceptual:
            sr_features = self.feature_extractor(fake["image"])
            terms["perceptual"] = losses.perceptual_loss(hr_features, sr_features)
        if weights.pixel:
            terms["pixel"] = losses.pixel_loss(real["image"], fake["image"])
        if weights.gradient:
            terms["gradient"] = losses.l1(real["gradient"], fake["gradient"])
        if weights.adversarial:
            terms["adversarial"] = losses.adversarial_loss(adversary["image"].fake)
        if weights.gradient_adversarial:
            terms["gradient_adversarial"] = losses.adversarial_loss(adversary["gradient"].fake)
        if weights.gradient_branch:
            terms["gradient_branch"] = losses.l1(real["gradient"], output["gradient_map"])
        return terms

    def _adversary(self, real: dict, fake: dict, seed: Any) -> dict[str, CriticLosses]:
        """Eq. 10 for each critic that takes part."""
        return {
            name: critic_losses(
                critic,
                real[name],
                fake[name],
                # The two critics take the penalty at different places.
                tf.random.stateless_uniform(
                    [tf.shape(real[name])[0]], tf.random.fold_in(seed, -1 - i)
                ),
                self.gradient_penalty_weight,
            )
            for i, (name, (critic, _)) in enumerate(self._critics().items())
        }

    def _critic_step(self, lr: Any, hr: Any, seed: Any) -> dict[str, Any]:
        """A step of the critics alone (n_critic > 1); tells which were finite, and so taken."""
        sr = self.generator(lr, training=True)["image"]
        real = {"image": hr, "gradient": image_gradient(hr)}
        fake = {"image": sr, "gradient": image_gradient(sr)}
        finite = {}
        with tf.GradientTape(persistent=True) as tape:
            adversary = self._adversary(real, fake, seed)
            scaled = {
                name: optimizer.scale_loss(adversary[name].loss)
                for name, (_, optimizer) in self._critics().items()
            }
        for name, (critic, optimizer) in self._critics().items():
            gradients = _gradients(tape, scaled[name], critic)
            finite[name] = self._all_finite(adversary[name].loss, gradients)
            apply = optimizer.apply
            tf.cond(
                finite[name],
                lambda a=apply, g=gradients, v=critic.trainable_variables: _nothing(a(g, v)),
                lambda: _nothing(None),
            )
        return finite

    def _parts(self, lr: Any, hr: Any) -> list[tuple[Any, Any]]:
        if self.n_critic == 1 or not self._critics():
            return [(lr, hr)]
        if lr.shape[0] is not None and lr.shape[0] % self.n_critic:
            raise ValueError(
                "A batch must divide into `n_critic` parts. Received: "
                f"batch={lr.shape[0]}, n_critic={self.n_critic}"
            )
        return list(zip(tf.split(lr, self.n_critic), tf.split(hr, self.n_critic), strict=True))

    def _all_finite(self, loss: Any, gradients: list) -> Any:
        # Under loss scaling a gradient that overflows is everyday business of the optimizer.
        checked = [loss] if self.scales_loss else [loss, tf.linalg.global_norm(gradients)]
        return tf.reduce_all([tf.math.is_finite(value) for value in checked])

    def _check(self, terms: dict, adversary: dict, gradients: dict, extra_steps: list[dict]) -> Any:
        finite = [tf.math.is_finite(term) for term in terms.values()]
        for name, part in adversary.items():
            steps = [tf.math.is_finite(part.loss), *(step[name] for step in extra_steps)]
            finite.append(tf.reduce_all(steps))
        flat = [gradient for group in gradients.values() for gradient in group]
        finite.append(self._all_finite(tf.constant(0.0), flat))
        self._last_check.assign(tf.stack(finite))
        return tf.reduce_all(finite)

    def nonfinite(self) -> list[str]:
        """What was not finite in the last step: terms of the loss, critics, gradients."""
        return [
            name
            for name, finite in zip(self._check_names, self._last_check.numpy(), strict=True)
            if not finite
        ]

    def training_logs(self) -> dict[str, float]:
        """The mean of every log since `reset_metrics`."""
        return {name: float(log.result()) for name, log in self._logs.items()}

    def _update_average(self) -> None:
        if self.ema_generator is None:
            return
        batches = tf.convert_to_tensor(self.step)
        updates = tf.cast(batches // self._accumulate, tf.float32)
        decay = tf.minimum(self.ema_decay, (1.0 + updates) / (10.0 + updates))
        # Between two updates of accumulated gradients the weights stand still.
        changed = (batches + 1) % self._accumulate == 0
        share = tf.where(changed, 1.0 - decay, 0.0)
        for average, weight in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            average.assign(average + share * (weight - average))

    def _log(self, loss: dict, terms: dict, weighted: dict, adversary: dict) -> None:
        values = loss | terms | {f"{name}_weighted": value for name, value in weighted.items()}
        for name, part in adversary.items():
            values |= {f"{name}_critic_{k}": value for k, value in part._asdict().items()}
        for name, value in values.items():
            self._logs[name].update_state(value)

    # === Evaluation and inference ===
    def test_step(self, data: tuple) -> dict[str, Any]:
        lr, hr = (_as_float(batch) for batch in data)
        sr = tf.clip_by_value(self.inference_generator(lr, training=False)["image"], 0.0, 1.0)
        self._psnr.update_state(hr, sr)
        self._ssim.update_state(hr, sr)
        return {"psnr_y": self._psnr.result(), "ssim_y": self._ssim.result()}

    def call(self, lr: Any, training: bool = False) -> dict[str, Any]:
        network = self.generator if training else self.inference_generator
        return network(_as_float(lr), training=training)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [*self._logs.values(), self._psnr, self._ssim] if self.compiled else []

    # === Config ===
    def get_config(self) -> dict[str, Any]:
        networks = ("generator", "image_critic", "gradient_critic", "feature_extractor")
        return {
            "name": self.name,
            "ema_decay": self.ema_decay,
            **{n: keras.saving.serialize_keras_object(getattr(self, n)) for n in networks},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "DGGGAN":
        return cls(
            **{key: keras.saving.deserialize_keras_object(value) for key, value in config.items()}
        )

    def get_compile_config(self) -> dict[str, Any]:
        optimizers = ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer")
        return {
            **{n: keras.saving.serialize_keras_object(getattr(self, n)) for n in optimizers},
            "loss_weights": asdict(self.loss_weights),
            "gradient_penalty_weight": self.gradient_penalty_weight,
            "n_critic": self.n_critic,
            "crop_border": self.crop_border,
            "seed": self.seed,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        config = {
            key: keras.saving.deserialize_keras_object(value) for key, value in config.items()
        }
        self.compile(**config | {"loss_weights": LossWeights(**config["loss_weights"])})


def _as_float(image: Any) -> Any:
    """uint8 or float batches to float32 in [0, 1]."""
    if image.dtype == tf.uint8:
        return tf.cast(image, tf.float32) / 255.0
    return tf.cast(image, tf.float32)


def _gradients(tape: tf.GradientTape, loss: Any, network: keras.Model) -> list[Any]:
    # A part that no term reaches (a predicted gradient map of weight 0) has gradient zero.
    return tape.gradient(
        loss, network.trainable_variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )


def _nothing(_: Any) -> None:
    """The branches of `tf.cond` must agree in what they return."""
