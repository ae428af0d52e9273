"""How small tiles get, in LR pixels a side."""

from keras_dgggan.errors import DggganError

LEAST_TILE = 16


def halved(tile: int, error: Exception) -> int:
    """The tile to try next after one for which memory did not suffice.

    Raises:
        DggganError: There is none.
    """
    if tile // 2 < LEAST_TILE:
        raise DggganError(
            f"memory ran out even for tiles of {tile} pixels a side: free some, or use a lighter "
            "model"
        ) from error
    return tile // 2
