"""An image's features as rows, one a pixel, in the order in which Winograd's tiles come."""

from collections.abc import Callable

import tensorflow as tf

from keras_dgggan.inference.cpu.winograd import SIDE, TAPS, WINDOW

# Tiles that are computed at a time: what they need stays in the processor's caches.
_CHUNK = 256


class Raster:
    """The plain order: line by line, the whole image.

    Args:
        height: Of the image.
        width: Its width.
    """

    def __init__(self, height: tf.Tensor, width: tf.Tensor) -> None:
        self.top, self.left, self.height, self.width = 0, 0, height, width
        self.rows = height * width

    def row(self, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """The rows of pixels, counted from the image's corner."""
        return y * self.width + x


class Grid:
    """The order of an image's pixels in tiles of 4x4.

    Chunks of tiles come one after the other; in a chunk, the 16 places of a tile; for each place
    the tiles. What a convolution puts out for a chunk is then what the next one reads, with no
    rearrangement between. Tiles may reach beyond the image: those rows hold anything, and are
    read by nobody.

    The image may be an area of a larger one, from whose corner pixels are then counted.

    Args:
        height: Of the image.
        width: Its width.
        top: Where the image begins in the larger one.
        left: Where it begins along the other axis.

    Examples:
        >>> grid, x = Grid(10, 7), tf.random.uniform([1, 10, 7, 4])
        >>> bool(tf.reduce_all(grid.leave(grid.enter(x)) == x))
        True
    """

    def __init__(
        self, height: tf.Tensor, width: tf.Tensor, top: tf.Tensor = 0, left: tf.Tensor = 0
    ) -> None:
        self.height, self.width = tf.convert_to_tensor(height), tf.convert_to_tensor(width)
        self.top, self.left = top, left
        self._across = -(-self.width // SIDE)
        tiles = -(-self.height // SIDE) * self._across
        self._chunks = -(-tiles // _CHUNK)
        self._tiles = -(-tiles // self._chunks)  # of a chunk
        tile = tf.reshape(tf.range(self._chunks * self._tiles), [self._chunks, 1, self._tiles])
        self._top, self._left = tile // self._across * SIDE, tile % self._across * SIDE
        self.rows = SIDE**2 * self._chunks * self._tiles
        self._y, self._x = self._places(SIDE, 0)

    def enter(self, x: tf.Tensor) -> tf.Tensor:
        """Features `[1, height, width, channels]` as rows."""
        flat = tf.reshape(x, [-1, x.shape[-1]])
        y, x_ = self._nearest(self._y, self._x)
        return tf.gather(flat, tf.reshape(y * self.width + x_, [-1]))

    def leave(self, rows: tf.Tensor) -> tf.Tensor:
        """Rows as features `[1, height, width, channels]`."""
        y, x = tf.range(self.height)[:, None], tf.range(self.width)
        return tf.gather(rows, self._row(y, x))[None]

    def mean(self, rows: tf.Tensor) -> tf.Tensor:
        """The mean over the image: `[1, channels]`."""
        inside = (self._y < self.height) & (self._x < self.width)
        weights = tf.cast(tf.reshape(inside, [1, -1]), tf.float32)
        return tf.matmul(weights, rows) / tf.cast(self.height * self.width, tf.float32)

    def image_gradient(self, rows: tf.Tensor, epsilon: float) -> tf.Tensor:
        """`keras_dgggan.layers.image_gradient` of rows."""

        def neighbours(down: int, right: int) -> tf.Tensor:
            y, x = self._nearest(self._y + down, self._x + right)
            return tf.gather(rows, tf.reshape(self._row(y, x), [-1]))

        horizontal = neighbours(0, 1) - neighbours(0, -1)
        vertical = neighbours(1, 0) - neighbours(-1, 0)
        return tf.sqrt(tf.square(horizontal) + tf.square(vertical) + epsilon)

    def index(self, source: "Raster | Grid") -> tf.Tensor:
        """Where a convolution finds what it reads for every tile.

        Args:
            source: The order of what it reads, which is followed by a row of zeros and one of
                ones. Zeros are read beyond the source's area.

        Returns:
            `[chunks, 65, tiles]`: the rows of a tile's 8x8 inputs, and the row of ones.
        """
        y, x = self._places(WINDOW, TAPS // 2)
        y, x = y + self.top, x + self.left
        below, beside = y - source.top, x - source.left
        inside = (below >= 0) & (below < source.height) & (beside >= 0) & (beside < source.width)
        index = tf.where(inside, source.row(y, x), source.rows)
        last = tf.fill([self._chunks, 1, self._tiles], source.rows + 1)
        return tf.concat([index, last], axis=1)

    def row(self, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """The rows of pixels, counted from the larger image's corner."""
        return self._row(y - self.top, x - self.left)

    def _places(self, side: int, before: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Pixels of a window around every tile: `[chunks, side * side, tiles]`, both."""
        place = tf.range(side**2)[:, None]
        return self._top + place // side - before, self._left + place % side - before

    def _nearest(self, y: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The nearest pixels of the image."""
        return tf.clip_by_value(y, 0, self.height - 1), tf.clip_by_value(x, 0, self.width - 1)

    def _row(self, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        tile = y // SIDE * self._across + x // SIDE
        place = y % SIDE * SIDE + x % SIDE
        chunk = tile // self._tiles * (SIDE**2 * self._tiles)
        return chunk + place * self._tiles + tile % self._tiles


def by_chunk(
    compute: Callable[[tf.Tensor], tf.Tensor], index: tf.Tensor, filters: int
) -> tf.Tensor:
    """Rows `[rows, filters]` from a function of each chunk's index."""
    spec = tf.TensorSpec([None, filters], tf.float32)
    chunks = tf.map_fn(compute, index, fn_output_signature=spec, parallel_iterations=1)
    return tf.reshape(chunks, [-1, filters])
