"""Progress bar and logs of a training model."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_dgggan.gan.step_state import FiniteCheck, StepMeans

_SHOWN = (
    "loss",
    "pixel",
    "image_critic_wasserstein",
    "gradient_critic_wasserstein",
    "psnr_y",
    "val_psnr_y",
    "val_ssim_y",
)


# What Keras hands to callbacks.
Logs = Mapping[str, float] | None


class ShortProgressBar(keras.callbacks.ProgbarLogger):
    """Keras' progress bar without the terms and critics' parts, which are in the logs."""

    def _update_progbar(self, batch: int, logs: Logs = None) -> None:
        super()._update_progbar(batch, _shown(logs))

    def _finalize_progbar(self, logs: Logs) -> None:
        super()._finalize_progbar(_shown(logs))


def _shown(logs: Logs) -> dict[str, float]:
    logs = logs or {}
    return {name: logs[name] for name in _SHOWN if name in logs}


def with_short_bar(callbacks: Any, verbose: Any) -> Any:
    """The callbacks of a `fit`, with the short bar where Keras would add its own."""
    if not verbose or isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    given = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
    given = [callback for callback in given if callback is not None]
    if any(isinstance(callback, keras.callbacks.ProgbarLogger) for callback in given):
        return given
    return [*given, ShortProgressBar()]


class ReportsTraining:
    """Mixin of `DGGGAN`: the progress bar of `fit`, the logs, and what was not finite."""

    _means: StepMeans
    _finite: FiniteCheck

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: Any = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        *args: Any,
        **options: Any,
    ) -> keras.callbacks.History:
        """As in Keras; the progress bar shows a handful of the logs that `History` holds."""
        callbacks = with_short_bar(callbacks, verbose)
        return super().fit(  # type: ignore[misc]  # of keras.Model, which comes after this class
            x, y, batch_size, epochs, verbose, callbacks, *args, **options
        )

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Nothing: all is built from the start, and Keras' way fails under a strategy."""

    def nonfinite(self) -> list[str]:
        """What was not finite in the last step: terms of the loss, critics, gradients."""
        return self._finite.failed()

    def training_logs(self) -> dict[str, float]:
        """The mean of every log since `reset_training_logs` or `reset_metrics`."""
        return self._means.as_floats()

    def reset_training_logs(self) -> None:
        """Start new means; unlike `reset_metrics`, one worker of several may do it alone."""
        self._means.reset_state()
