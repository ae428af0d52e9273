"""`train`: trains as a recipe says and writes everything into the run's folder."""

from pathlib import Path

import tensorflow as tf
from rich.console import Console

from keras_dgggan import data
from keras_dgggan.data.source import Source
from keras_dgggan.errors import UsageError
from keras_dgggan.gan import DGGGAN
from keras_dgggan.gan.checkpoint import CheckpointFolder, copy_generator, restore
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.registry import NETWORKS
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.recipe import Recipe, load_recipe, shipped_recipes
from keras_dgggan.recipe.data import Images
from keras_dgggan.recipe.networks import Network
from keras_dgggan.training.build import build_model, build_source
from keras_dgggan.training.callbacks import RunState
from keras_dgggan.training.devices import Devices, find_devices, lost_worker
from keras_dgggan.training.folder import RunFolder
from keras_dgggan.training.progress import checking_progress
from keras_dgggan.training.session import RunResult, Session
from keras_dgggan.training.validation import Pair, smallest_hr


def train(
    recipe: Recipe,
    run_dir: str | Path | None = None,
    *,
    fresh: bool = False,
    must_resume: bool = False,
    allow_changes: bool = False,
    console: Console | None = None,
) -> RunResult:
    """Train as a recipe says, or go on with a run that was stopped.

    Args:
        recipe: What to do.
        run_dir: Where everything goes; `runs/NAME` by default. A run found there is gone on with
            from its newest whole checkpoint.
        fresh: Start anew; a run found there is kept under another name.
        must_resume: Refuse to start anew.
        allow_changes: Go on with a run even though its recipe was another.
        console: Where to show progress; standard error by default.

    Returns:
        Where things are, and how good the model is.

    Raises:
        UsageError: The folder holds something else, or a run with another recipe.
        DggganError: Another process trains in the folder.
        DataError: Images that cannot be used, all named.
        DggganError: A loss or gradient was not finite.

    Examples:
        >>> from keras_dgggan.recipe import find_recipe
        >>> train(load_recipe(find_recipe("quickstart"))).step  # doctest: +SKIP
        800
    """
    # The runtime of several machines must start before anything else of TensorFlow.
    devices = find_devices(recipe.training.distribute)
    if recipe.training.batch_size % devices.replicas:
        raise UsageError(
            f"training.batch_size: {recipe.training.batch_size}; it must be a multiple of the "
            f"{devices.replicas} devices that share each batch"
        )
    console = console or Console(stderr=True)
    if not devices.chief:
        console = Console(stderr=True, quiet=True)
    folder = RunFolder(Path(run_dir or Path("runs") / recipe.name))
    try:
        session = _prepare(
            recipe,
            folder,
            devices,
            console,
            fresh=fresh,
            must_resume=must_resume,
            allow_changes=allow_changes,
        )
        return session.run()
    except tf.errors.OpError as error:
        cause = data.data_error(error) or lost_worker(error, devices)
        if cause is None:
            raise
        raise cause from None
    finally:
        folder.release()


def _prepare(
    recipe: Recipe, folder: RunFolder, devices: Devices, console: Console, **claim: bool
) -> Session:
    """Check the images, claim the folder, build the model and set its weights."""
    source = _checked(recipe, recipe.data.train, recipe.hr_crop, console)
    pairs = _validation_pairs(recipe, console) if devices.chief else []
    initial = None
    if recipe.training.init_from is not None and (claim["fresh"] or not folder.checkpoints.paths()):
        # Before the folder is made: what cannot be started from leaves nothing behind.
        initial = load_generator(recipe.training.init_from)
        check_fits(initial, recipe.network, str(recipe.training.init_from))
    if devices.chief:
        folder.claim(recipe, console=console, **claim)
    # The others read the folder once it is the chief's.
    devices.total(0.0)
    if recipe.training.deterministic:
        tf.config.experimental.enable_op_determinism()
    with devices.strategy.scope():
        model = build_model(recipe)
        state = _start(recipe, model, initial, folder, console, chief=devices.chief)
    if devices.total(state.start) != devices.workers * state.start:
        raise UsageError(
            f"the workers do not start from the same step: the run's folder '{folder.path}' "
            "must be on a disk that all of them see"
        )
    return Session(recipe, model, source, pairs, state, console, devices)


def _start(
    recipe: Recipe,
    model: DGGGAN,
    initial: SuperResolver | None,
    folder: RunFolder,
    console: Console,
    *,
    chief: bool,
) -> RunState:
    """Give a new model the weights that the run goes on from, or those of `initial`, if any."""
    checkpoints = CheckpointFolder(folder.path / "checkpoints", recipe.checkpoint.keep)
    checkpoint, problems = checkpoints.newest_whole()
    for problem in problems:
        console.print(f"[yellow]{problem}; going back to the one before[/]", highlight=False)
    state = RunState(folder.path, checkpoints, newest_is_best=recipe.perception_oriented)
    if checkpoint is not None:
        restore(model, checkpoint)
        best = checkpoints.settle_best(checkpoint) if recipe.data.valid and chief else None
        if best is not None:
            # Without it, the next generator that is validated counts as the best.
            state.best_psnr = best.meta["best_psnr"]
            state.best_step = best.meta.get("best_step", best.batches)
        state.start = model.updates
        state.saved_step = state.start
        console.print(f"going on from step {state.start} of {folder.path}", highlight=False)
    elif initial is not None:
        name = str(recipe.training.init_from)
        copy_generator(initial, model.generator, name)
        if model.ema_generator is not None:
            copy_generator(initial, model.ema_generator, name)
    return state


def _checked(recipe: Recipe, images: Images, hr_crop: int, console: Console) -> Source:
    source = build_source(images)
    with checking_progress(console) as on_progress:
        return data.check_source(
            source,
            scale=recipe.network.scale,
            hr_crop=hr_crop,
            on_bad=recipe.data.on_bad_file,
            on_progress=on_progress,
        )


def _validation_pairs(recipe: Recipe, console: Console) -> list[Pair]:
    if recipe.data.valid is None:
        return []
    source = _checked(recipe, recipe.data.valid, smallest_hr(recipe.network.scale), console)
    return list(data.validation_pairs(source, scale=recipe.network.scale))


def check_fits(start: SuperResolver, section: Network, name: str) -> None:
    """Check that a run can start from a model: that its network is the recipe's.

    Raises:
        UsageError: It is not; the message says what differs, and which shipped recipes fit.
    """
    differences = _differences(start, section)
    if not differences:
        return
    fitting = [
        recipe_name
        for recipe_name, path in shipped_recipes().items()
        if not _differences(start, load_recipe(path, check_paths=False).network)
    ]
    hint = f"; shipped recipes with its network: {', '.join(fitting)}" if fitting else ""
    raise UsageError(
        f"training.init_from: {name!r} is another network than the recipe's: "
        f"{', '.join(differences)}{hint}"
    )


def _differences(start: SuperResolver, section: Network) -> list[str]:
    network = NETWORKS[getattr(section, "kind", "dgggan")].network
    given = start.get_config()
    if not isinstance(start, network):
        return [f"it is a {type(start).__name__}, not a {network.__name__}"]
    return [
        f"{key} is {given[key]}, not {value}"
        for key, value in section.model_dump(exclude={"kind"}).items()
        if key in given and given[key] != value
    ]
