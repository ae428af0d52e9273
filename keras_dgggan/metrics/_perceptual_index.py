"""The perceptual index of the PIRM 2018 challenge, which the paper reports."""


def perceptual_index(ma: float, niqe: float) -> float:
    """PI = ((10 - Ma) + NIQE) / 2; lower is better.

    Ma's score comes from regression forests that its authors publish as MATLAB files and that
    this package does not hold. Compute it with their program on images saved by
    `keras-dgggan evaluate --save-images`, and NIQE with `niqe(image, crop_border=4)`; `evaluate`
    leaves PI out rather than estimate it.

    Args:
        ma: Ma's score of the image, 0 to 10.
        niqe: NIQE of the image.

    Example:
        >>> perceptual_index(ma=8.5, niqe=4.0)
        2.75

    Reference:
        Y. Blau et al., The 2018 PIRM challenge on perceptual image super-resolution, 2018;
        C. Ma et al., Learning a no-reference quality metric for single-image super-resolution,
        2017.
    """
    return ((10.0 - ma) + niqe) / 2.0
