"""From a recipe to its sources, networks and compiled model."""

from typing import TYPE_CHECKING

import keras
from keras.optimizers.schedules import LearningRateSchedule

from keras_dgggan.data.source import Source
from keras_dgggan.gan import DGGGAN
from keras_dgggan.gan.schedules import Cosine, MultiStep, PerGeneratorStep
from keras_dgggan.losses import LossWeights
from keras_dgggan.networks import Critic, network_of, vgg16_features, vgg19_features
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.recipe import Recipe
from keras_dgggan.recipe.data import FolderImages, PairedImages, SkimageImages, TfdsImages
from keras_dgggan.recipe.degradation import PhotoDegradation
from keras_dgggan.recipe.schema import OptimizerSection

if TYPE_CHECKING:
    from keras_dgggan.data.degradation import Degradation


def build_source(images: FolderImages | PairedImages | TfdsImages | SkimageImages) -> Source:
    """The images that a recipe's data section names."""
    from keras_dgggan import data

    if isinstance(images, FolderImages):
        return data.FolderSource(images.path, recursive=images.recursive)
    if isinstance(images, PairedImages):
        return data.PairsSource(lr=images.lr, hr=images.hr)
    if isinstance(images, TfdsImages):
        return data.TfdsSource(images.name, split=images.split, data_dir=images.data_dir)
    return data.SkimageSource(images.images)


def build_degradation(recipe: Recipe) -> "PhotoDegradation | Degradation | None":
    """How LR is made for real photographs, where the recipe asks for it."""
    section = recipe.data.degradation
    if section is None or isinstance(section, PhotoDegradation):
        return section
    # keras-cv comes in with it, which takes seconds to import.
    from keras_dgggan.data.degradation import Degradation

    return Degradation(**section.model_dump(exclude={"kind"}))


def build_generator(recipe: Recipe) -> SuperResolver:
    """The generator of a recipe with fresh weights, which its seed decides."""
    keras.utils.set_random_seed(recipe.training.seed)
    return network_of(recipe.network, dtype=recipe.training.precision, name="generator")


def build_schedule(recipe: Recipe, optimizer: OptimizerSection) -> LearningRateSchedule:
    """The learning rate as a function of the generator's step."""
    schedule = recipe.schedule
    rate, warmup = optimizer.learning_rate, schedule.warmup_steps
    if schedule.kind == "cosine":
        return Cosine(rate, recipe.training.steps, schedule.final, warmup)
    return MultiStep(rate, schedule.milestones, schedule.factor, warmup)


def _optimizer(
    recipe: Recipe, section: OptimizerSection, n_critic: int
) -> keras.optimizers.Optimizer:
    schedule = build_schedule(recipe, section)
    if n_critic > 1:
        schedule = PerGeneratorStep(schedule, n_critic)
    return keras.optimizers.Adam(
        schedule,
        beta_1=section.beta_1,
        beta_2=section.beta_2,
        epsilon=section.epsilon,
        global_clipnorm=section.clip_norm,
        gradient_accumulation_steps=(
            recipe.training.accumulate if recipe.training.accumulate > 1 else None
        ),
    )


def build_model(recipe: Recipe) -> DGGGAN:
    """The compiled model of a recipe; only what its loss weights need is built."""
    generator = build_generator(recipe)

    def critic(weight: float, name: str) -> Critic | None:
        # The critics and their penalty stay in float32, whatever the generator's precision.
        return (
            Critic(recipe.hr_crop, recipe.critic.filters, dtype="float32", name=name)
            if weight
            else None
        )

    features = None
    if recipe.loss.perceptual:
        section = recipe.features
        make = {"vgg16": vgg16_features, "vgg19": vgg19_features}[section.network]
        layer = {"layer": section.layer} if section.layer else {}
        features = make(
            **layer, weights=section.weights, dtype=section.precision, unit=section.unit
        )
    model = DGGGAN(
        generator,
        critic(recipe.loss.adversarial, "image_critic"),
        critic(recipe.loss.gradient_adversarial, "gradient_critic"),
        features,
        ema_decay=recipe.training.ema_decay,
    )
    n_critic = recipe.critic.n_critic
    critic_section = recipe.critic_optimizer or recipe.optimizer
    model.compile(
        _optimizer(recipe, recipe.optimizer, 1),
        _optimizer(recipe, critic_section, n_critic) if recipe.loss.adversarial else None,
        _optimizer(recipe, critic_section, n_critic) if recipe.loss.gradient_adversarial else None,
        loss_weights=LossWeights(**recipe.loss.model_dump()),
        gradient_penalty_weight=recipe.critic.gradient_penalty,
        n_critic=n_critic,
        seed=recipe.training.seed,
        jit_compile=recipe.training.jit_compile,
    )
    return model


def samples_per_step(recipe: Recipe) -> int:
    """LR/HR pairs that one call of `train_step` takes: each critic step has fresh ones."""
    parts = recipe.critic.n_critic if recipe.uses_critics else 1
    return recipe.training.batch_size * parts
