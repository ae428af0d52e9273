"""A wider network that computes what a trained one does: more room to train on from."""

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import UsageError
from keras_dgggan.networks import Generator


def widened(generator: Generator, filters: int) -> Generator:
    """A generator of more filters that gives the same images, and can learn more.

    The weights of the narrow one keep their places; its channels take nothing from the added ones,
    whose own weights are fresh (they follow from `keras.utils.set_random_seed`). Training then
    lets the old channels use the new.

    Args:
        generator: A trained `Generator`.
        filters: Of the new one, at least as many as the old one has.

    Raises:
        UsageError: `filters` is less than the generator's.

    Examples:
        >>> small = Generator(filters=4, blocks=1, se_reduction=2)
        >>> large = widened(small, 6)
        >>> lr = np.ones([1, 8, 8, 3], "float32")
        >>> bool(np.allclose(large(lr)["image"], small(lr)["image"], atol=1e-5))
        True

    Reference:
        Chen et al., Net2Net, ICLR 2016; there the added channels are copies of old ones.
    """
    if filters < generator.filters:
        raise UsageError(
            f"a network of {generator.filters} filters cannot be widened to {filters}: give more"
        )
    wide = Generator.from_config({**generator.get_config(), "filters": filters})
    for narrow, weight in zip(generator.weights, wide.weights, strict=True):
        weight.assign(_placed(np.asarray(narrow), np.asarray(weight), generator.filters, filters))
    return wide


def _placed(old: npt.NDArray, fresh: npt.NDArray, narrow: int, wide: int) -> npt.NDArray:
    """The old weight among fresh ones: what leads from added to old channels is 0."""
    result = np.array(fresh)
    outputs = _places(old.shape[-1], fresh.shape[-1], narrow, wide)
    if old.ndim == 1:
        result[outputs] = old
        return result
    inputs = _places(old.shape[-2], fresh.shape[-2], narrow, wide)
    result[..., outputs] = 0
    result[..., inputs[:, None], outputs[None, :]] = old
    return result


def _places(old: int, new: int, narrow: int, wide: int) -> npt.NDArray[np.intp]:
    """Where the old channels lie among the new: at the start of each group of `filters`."""
    channels = np.arange(old)
    if old == new or old * wide != new * narrow or old % narrow:
        return channels
    return channels // narrow * wide + channels % narrow
