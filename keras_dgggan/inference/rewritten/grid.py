"""An image's features as rows, one a pixel, in the order in which Winograd's tiles come."""

from collections.abc import Callable

import tensorflow as tf

from keras_dgggan.inference.rewritten.winograd import SIDE, TAPS, WINDOW

# Tiles that are computed at a time: what they need stays in the processor's caches.
_CHUNK = 256


class Grid:
    """The order of an image's pixels in tiles of 4x4.

    Chunks of tiles come one after the other; in a chunk, the 16 places of a tile; for each place
    the tiles. What a convolution puts out for a chunk is then what the next one reads, with no
    rearrangement between. Tiles may reach beyond the image: those rows hold anything, and are
    read by nobody.

    Args:
        height: Of the image.
        width: Its width.

    Example:
        >>> grid = Grid(10, 7)
        >>> grid.leave(grid.enter(x)) == x
    """

    def __init__(self, height: tf.Tensor, width: tf.Tensor) -> None:
        self.height, self.width = tf.convert_to_tensor(height), tf.convert_to_tensor(width)
        self._across = -(-self.width // SIDE)
        tiles = -(-self.height // SIDE) * self._across
        self._chunks = -(-tiles // _CHUNK)
        self._tiles = -(-tiles // self._chunks)  # of a chunk
        tile = tf.reshape(tf.range(self._chunks * self._tiles), [self._chunks, 1, self._tiles])
        self._top, self._left = tile // self._across * SIDE, tile % self._across * SIDE
        self._rows = SIDE**2 * self._chunks * self._tiles
        self._y, self._x = self._places(SIDE, 0)
        self.index = self._windows()
        """`[chunks, 65, tiles]`: the rows of every tile's 8x8 inputs, and a row of ones."""

    def enter(self, x: tf.Tensor) -> tf.Tensor:
        """Features `[1, height, width, channels]` as rows."""
        flat = tf.reshape(x, [-1, x.shape[-1]])
        y, x_ = self._inside(self._y, self._x)
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
            y, x = self._inside(self._y + down, self._x + right)
            return tf.gather(rows, tf.reshape(self._row(y, x), [-1]))

        horizontal = neighbours(0, 1) - neighbours(0, -1)
        vertical = neighbours(1, 0) - neighbours(-1, 0)
        return tf.sqrt(tf.square(horizontal) + tf.square(vertical) + epsilon)

    def by_chunk(self, compute: Callable[[tf.Tensor], tf.Tensor], filters: int) -> tf.Tensor:
        """Rows `[rows, filters]` from a function of each chunk's index."""
        spec = tf.TensorSpec([None, filters], tf.float32)
        chunks = tf.map_fn(compute, self.index, fn_output_signature=spec, parallel_iterations=1)
        return tf.reshape(chunks, [-1, filters])

    def _windows(self) -> tf.Tensor:
        y, x = self._places(WINDOW, TAPS // 2)
        inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
        # Beyond the image a convolution reads zeros.
        zeros, ones = self._rows, self._rows + 1
        index = tf.where(inside, self._row(y, x), zeros)
        last = tf.fill([self._chunks, 1, self._tiles], ones)
        return tf.concat([index, last], axis=1)

    def _places(self, side: int, before: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Pixels of a window around every tile: `[chunks, side * side, tiles]`, both."""
        place = tf.range(side**2)[:, None]
        return self._top + place // side - before, self._left + place % side - before

    def _inside(self, y: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The nearest pixels of the image."""
        return tf.clip_by_value(y, 0, self.height - 1), tf.clip_by_value(x, 0, self.width - 1)

    def _row(self, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        tile = y // SIDE * self._across + x // SIDE
        place = y % SIDE * SIDE + x % SIDE
        chunk = tile // self._tiles * (SIDE**2 * self._tiles)
        return chunk + place * self._tiles + tile % self._tiles
