"""A run's `generator.keras`: the generator of its best checkpoint."""

from pathlib import Path

import keras

from keras_dgggan.errors import DggganError
from keras_dgggan.files import atomic_path
from keras_dgggan.gan import DGGGAN
from keras_dgggan.gan.checkpoint import Checkpoint, holds_generator, restore_generator
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.pretrained.load import RUN_GENERATOR, load_generator


def save_generator(generator: keras.Model, run_dir: Path) -> None:
    """Write the run's `generator.keras`."""
    with atomic_path(run_dir / RUN_GENERATOR) as temporary:
        generator.save(temporary)


def generator_of_checkpoint(model: DGGGAN, checkpoint: Checkpoint, run_dir: Path) -> SuperResolver:
    """The generator of a checkpoint; `generator.keras` is written anew if it holds another.

    Args:
        model: A `DGGGAN` of the run's networks.
        checkpoint: The best one of the run.
        run_dir: The run's folder.
    """
    try:
        generator = load_generator(run_dir)
        if holds_generator(checkpoint, generator):
            return generator
    except DggganError:
        # There is none, or it is damaged.
        pass
    network = model.inference_generator
    generator = type(network).from_config(network.get_config())
    restore_generator(generator, checkpoint)
    save_generator(generator, run_dir)
    return generator
