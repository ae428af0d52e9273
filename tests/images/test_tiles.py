import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keras_dgggan.images.tiles import spans


@given(size=st.integers(1, 300), tile=st.integers(1, 100), halo=st.integers(0, 9))
def test_tiles_cover_an_axis_once_with_windows_of_one_size_and_a_whole_halo(size, tile, halo):
    covered = np.zeros(size, int)
    lengths = {span.outer_stop - span.outer_start for span in spans(size, tile, halo)}
    assert len(lengths) == 1 and lengths.pop() <= min(size, tile + 2 * halo)
    for span in spans(size, tile, halo):
        covered[span.start : span.stop] += 1
        assert 0 <= span.outer_start <= span.start < span.stop <= span.outer_stop <= size
        # The halo is whole, or ends at the image's border.
        assert span.start - span.outer_start >= halo or span.outer_start == 0
        assert span.outer_stop - span.stop >= halo or span.outer_stop == size
        assert np.arange(size)[span.outer][span.inner()].tolist() == list(
            range(span.start, span.stop)
        )
    assert (covered == 1).all()


def test_windows_are_no_longer_than_they_must_be():
    # Two windows, of which each has a halo at one end only.
    assert [span.outer for span in spans(256, 128, 4)] == [slice(0, 132), slice(124, 256)]


@given(size=st.integers(1, 300), tile=st.integers(1, 25))
def test_tiles_without_a_halo_are_multiples_but_for_the_last(size, tile):
    tiles = list(spans(size, 4 * tile, 0, multiple=4))
    assert all(span.start % 4 == 0 for span in tiles)
    assert max(span.stop - span.start for span in tiles) <= 4 * tile
    assert tiles[-1].stop == size
