"""The generator's objective (paper eq. 7) of a step, term by term."""

from typing import Any

from keras_dgggan import losses
from keras_dgggan.losses import LossWeights


def check_networks(weights: LossWeights, generator: Any, networks: dict[str, Any]) -> None:
    """Check that there is a network for every term whose weight is not 0.

    Raises:
        ValueError: There is not.
    """
    for value, name in [
        (weights.perceptual, "feature_extractor"),
        (weights.adversarial, "image_critic"),
        (weights.gradient_adversarial, "gradient_critic"),
    ]:
        if value and networks[name] is None:
            raise ValueError(
                f"These loss weights need `{name}`, which the model was not given. "
                f"Received: loss_weights={weights}"
            )
    if weights.gradient_branch and not generator.gradient_branch:
        raise ValueError(
            "A generator without a gradient branch needs a `gradient_branch` weight of 0. "
            f"Received: loss_weights={weights}"
        )


def generator_terms(
    weights: LossWeights,
    real: dict[str, Any],
    fake: dict[str, Any],
    output: dict[str, Any],
    features: tuple[Any, Any],
    adversary: dict[str, Any],
) -> dict[str, Any]:
    """The terms of eq. 7 whose weights are not 0, in its order, without their weights.

    Args:
        weights: Of eq. 7.
        real: HR's `image` and `gradient` map.
        fake: The same of SR.
        output: Of the generator: `image`, `gradient_map`.
        features: HR's and SR's, for the perceptual term.
        adversary: The losses of the critics that take part, by what they look at.
    """
    terms = {}
    if weights.perceptual:
        terms["perceptual"] = losses.perceptual_loss(*features)
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


def step_logs(
    loss: Any, terms: dict[str, Any], weighted: dict[str, Any], adversary: dict[str, Any]
) -> dict[str, Any]:
    """What a step reports, by the names that logs show."""
    logs = {"loss": loss} | terms | {f"{name}_weighted": v for name, v in weighted.items()}
    for name, part in adversary.items():
        logs |= {f"{name}_critic_{key}": value for key, value in part._asdict().items()}
    return logs
