"""Schema of recipes: one typed field for each key."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from keras_dgggan._types import JsonObject
from keras_dgggan.recipe.data import DataSection
from keras_dgggan.recipe.fields import (
    Bool,
    Count,
    FilePath,
    Model,
    Number,
    Positive,
    Section,
    Seed,
    Share,
    Whole,
)
from keras_dgggan.recipe.networks import Network, NetworkSection


class CriticSection(Section):
    """Both critics, and how WGAN-GP trains them."""

    filters: Count = 64
    """Channels of the first level."""
    gradient_penalty: Number = 10.0
    """Lambda of eq. 10."""
    n_critic: Count = 1
    """Critic steps to a generator step, each on a fresh batch."""


class LossSection(Section):
    """The weights of eq. 7; a term of weight 0 is left out and costs nothing."""

    perceptual: Number = 1.0
    """Theta: L1 of VGG features."""
    pixel: Number = 0.01
    """Alpha: L1 of pixels."""
    gradient: Number = 0.01
    """Mu: L1 of the gradient maps of HR and SR."""
    adversarial: Number = 0.005
    """Beta: the image critic."""
    gradient_adversarial: Number = 0.005
    """Epsilon: the critic of gradient maps."""
    gradient_branch: Number = 0.5
    """Eta: L1 of HR's gradient map and the gradient branch's output."""
    grid: Number = 0.0
    """L1 of the pattern that repeats with LR's pixels; not in the paper."""


class FeaturesSection(Section):
    """The feature extractor of the perceptual loss."""

    network: Literal["vgg19", "vgg16"] = "vgg19"
    """Which VGG."""
    layer: str | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """The convolution to read before its ReLU, or a list of them; the last one if not given."""
    unit: bool = False
    """Compare directions of feature vectors: faint patterns on smooth areas count, as in LPIPS."""
    weights: Literal["imagenet"] | FilePath = "imagenet"
    """imagenet (Keras downloads them on first use), a Keras .h5 file, or an .npz."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """Of its convolutions; mixed_bfloat16 halves their time where the processor knows it."""


class OptimizerSection(Section):
    """Adam."""

    learning_rate: Positive = 1e-4
    """The rate that the schedule starts from."""
    beta_1: Share = 0.9
    """Decay of the first moment."""
    beta_2: Share = 0.999
    """Decay of the second moment."""
    epsilon: Positive = 1e-8
    """Added to the root of the second moment."""
    clip_norm: Positive | None = None
    """Scale gradients down whose common norm is larger."""


class ScheduleSection(Section):
    """The learning rate as a function of the generator's step."""

    kind: Literal["constant", "multi_step", "cosine"] = "constant"
    """Cosine falls over training.steps."""
    milestones: tuple[Count, ...] = ()
    """Of multi_step: the rate is multiplied by factor at each."""
    factor: Positive = 0.5
    """Of multi_step."""
    final: Number = 0.0
    """Of cosine: the last rate as a share of the first."""
    warmup_steps: Whole = 0
    """Linear rise from 0 over so many steps."""


class TrainingSection(Section):
    """How long and how to train."""

    steps: Count
    """Generator steps."""
    batch_size: Count = 16
    """LR/HR pairs in a generator step, over all devices and machines."""
    seed: Seed = 0
    """Decides the first weights, and everything random in the data."""
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """Of the generator; critics, losses and gradient maps stay in float32, VGG has its own."""
    ema_decay: Share | None = None
    """Average the generator's weights with this decay; the average is validated and exported."""
    accumulate: Count = 1
    """Collect the gradients of so many batches into one update."""
    jit_compile: Bool = False
    """Compile the step by XLA."""
    deterministic: Bool = False
    """Make every operation repeatable to the last bit; slower on GPUs."""
    on_nonfinite: Literal["stop", "skip"] = "stop"
    """What to do about a batch whose loss or gradient is not finite. Its update is never taken."""
    distribute: Literal["none", "mirrored", "multi_worker"] = "none"
    """mirrored: all GPUs of this machine. multi_worker: all machines that TF_CONFIG names."""
    init_from: Model | None = None
    """A preset, run folder, .keras file or checkpoint whose generator to start from."""


class ValidationSection(Section):
    """Measuring on whole images while training."""

    every: Count = 5000
    """Generator steps between two validations; there is one at the end in any case."""
    images: Whole = 4
    """How many images to keep as pictures (LR, bicubic, SR, HR and gradient maps)."""


class CheckpointSection(Section):
    """When checkpoints are written, and how many are kept."""

    every: Count = 1000
    """Generator steps between two checkpoints."""
    keep: Count = 3
    """How many of the newest stay; the best one stays besides."""


class LogSection(Section):
    """Numbers written to log.csv and TensorBoard."""

    every: Count = 100
    """Generator steps over which each logged number is averaged."""
    wandb_project: str | None = None
    """Send the same numbers and pictures to this project of Weights & Biases."""


class Recipe(Section):
    """A training run of keras-dgggan."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Names the run's folder; letters, digits, dot, dash and underscore."""
    description: str = ""
    """A line for `keras-dgggan recipes list`."""
    network: Network = NetworkSection()
    """Ours, or another system's by its kind: see `keras-dgggan networks`."""
    critic: CriticSection = CriticSection()
    loss: LossSection = LossSection()
    features: FeaturesSection = FeaturesSection()
    data: DataSection
    optimizer: OptimizerSection = OptimizerSection()
    critic_optimizer: OptimizerSection | None = None
    """Of both critics; as the generator's if not given."""
    schedule: ScheduleSection = ScheduleSection()
    training: TrainingSection
    validation: ValidationSection = ValidationSection()
    checkpoint: CheckpointSection = CheckpointSection()
    log: LogSection = LogSection()
    export: Bool = True
    """Export a SavedModel into the run folder at the end."""

    @property
    def hr_crop(self) -> int:
        """Height and width of HR crops."""
        return self.data.lr_crop * self.network.scale

    @property
    def uses_critics(self) -> bool:
        """Whether this is the GAN stage."""
        return bool(self.loss.adversarial or self.loss.gradient_adversarial)

    @property
    def perception_oriented(self) -> bool:
        """Whether a loss is there that lowers PSNR on purpose."""
        return self.uses_critics or bool(self.loss.perceptual)

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        if not any(self.loss.model_dump().values()):
            raise ValueError("loss: all weights are 0; at least one must be larger")
        if self.loss.gradient_branch and not self.network.gradient_branch:
            raise ValueError(
                f"loss.gradient_branch: {self.loss.gradient_branch}; it must be 0 where "
                "network.gradient_branch is false"
            )
        if self.schedule.kind == "multi_step" and not self.schedule.milestones:
            raise ValueError("schedule.milestones: empty; kind multi_step needs at least one step")
        if self.data.degradation is not None:
            self._check_degradation()
        if self.uses_critics:
            self._check_critics()
        if self.loss.perceptual and self.hr_crop < 16:
            raise ValueError(
                f"data.lr_crop: {self.data.lr_crop}; VGG features need HR crops of at least 16"
            )
        if self.training.distribute != "none":
            self._check_distributed()
        return self

    def _check_distributed(self) -> None:
        # Keras takes accumulated gradients in a branch around an update, XLA compiles the step
        # around reductions: TensorFlow's strategies can have neither.
        for key, value, wanted in [
            ("accumulate", self.training.accumulate, 1),
            ("jit_compile", self.training.jit_compile, False),
        ]:
            if value != wanted:
                raise ValueError(
                    f"training.{key}: {value}; it must be {str(wanted).lower()} where "
                    f"training.distribute is {self.training.distribute}"
                )

    def _check_degradation(self) -> None:
        # The widest blur reaches ten pixels.
        if self.data.lr_crop < 10:
            raise ValueError(
                f"data.lr_crop: {self.data.lr_crop}; with data.degradation at least 10 are needed"
            )
        if self.data.train.source == "pairs":
            raise ValueError(
                "data.degradation: given; it makes LR images, and those of source pairs are there"
            )

    def _check_critics(self) -> None:
        size = self.hr_crop
        while size > 4 and size % 2 == 0:
            size //= 2
        if size > 4 or self.hr_crop < 6:
            raise ValueError(
                f"data.lr_crop: {self.data.lr_crop}; the critics halve HR crops of "
                f"{self.hr_crop} pixels until they have at most 4, so the crop must be 3 or 4 "
                "times a power of 2, like 24, 32 or 48"
            )
        if self.training.accumulate > 1 and self.critic.n_critic > 1:
            raise ValueError(
                f"training.accumulate: {self.training.accumulate}; it must be 1 where "
                "critic.n_critic is larger than 1"
            )


def json_schema() -> JsonObject:
    """The JSON schema of a recipe, for editors.

    Examples:
        >>> json_schema()["properties"]["export"]["type"]
        'boolean'
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Recipe.model_json_schema(),
    }
