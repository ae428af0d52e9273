"""Config of the training model for `.keras` files."""

from dataclasses import asdict
from typing import Any

import keras

from keras_dgggan._types import Config
from keras_dgggan.losses import LossWeights

_NETWORKS = ("generator", "image_critic", "gradient_critic", "feature_extractor")
_OPTIMIZERS = ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer")


class SavesItsConfig:
    """Mixin of `DGGGAN`: its config and its compile config."""

    def get_config(self: Any) -> Config:
        return {
            "name": self.name,
            "ema_decay": self.ema_decay,
            **{n: keras.saving.serialize_keras_object(getattr(self, n)) for n in _NETWORKS},
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None) -> Any:
        return cls(
            **{key: keras.saving.deserialize_keras_object(value) for key, value in config.items()}
        )

    def get_compile_config(self: Any) -> Config:
        return {
            **{n: keras.saving.serialize_keras_object(getattr(self, n)) for n in _OPTIMIZERS},
            "loss_weights": asdict(self.loss_weights),
            "gradient_penalty_weight": self.gradient_penalty_weight,
            "n_critic": self.n_critic,
            "crop_border": self.crop_border,
            "seed": self.seed,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self: Any, config: Config) -> None:
        config = {
            key: keras.saving.deserialize_keras_object(value) for key, value in config.items()
        }
        self.compile(**config | {"loss_weights": LossWeights(**config["loss_weights"])})
