"""Kernels of successive linear maps as one; NumPy only.

After a nearest-neighbour enlargement a 3x3 convolution reads each LR pixel several times: of its
nine taps only four read different pixels. Summing the taps beforehand gives a 2x2 convolution of
the LR features for each place within an LR pixel: the same function, in 4/9 of the work.

With a factor f, the 2x2 LR pixels (p - 1, p) determine the rows f * p - 1 to f * p + f - 2 of the
enlarged image. A block here is the features of these f x f pixels, side by side in the channels:
`[1, height + 1, width + 1, f * f * filters]`.
"""

import numpy as np
import numpy.typing as npt


def enlarging_kernel(kernel: npt.NDArray, factor: int) -> npt.NDArray:
    """The 2x2 kernel that gives blocks from LR features.

    Args:
        kernel: `[3, 3, in, out]` of the convolution after the enlargement.
        factor: 2 or 3.

    Returns:
        `[2, 2, in, factor * factor * out]`.

    Examples:
        >>> enlarging_kernel(np.ones((3, 3, 8, 16)), 2).shape
        (2, 2, 8, 64)
    """
    # [place in a block, tap of LR, tap of the kernel]
    reads = np.zeros((factor, 2, 3))
    for place in range(factor):
        for tap in range(3):
            reads[place, 1 + (place + tap - 2) // factor, tap] = 1
    summed = np.einsum("atk,bul,klio->tuiabo", reads, reads, kernel.astype(np.float64))
    return summed.reshape(2, 2, kernel.shape[2], -1).astype(np.float32)


def closing_kernel(kernel: npt.NDArray, factor: int) -> npt.NDArray:
    """The 2x2 kernel that gives what a 3x3 convolution puts out from the blocks of its input.

    Args:
        kernel: `[3, 3, in, out]`.
        factor: Of the blocks.

    Returns:
        `[2, 2, factor * factor * in, factor * factor * out]`: `depth_to_space` makes it an image.

    Examples:
        >>> closing_kernel(np.ones((3, 3, 16, 3)), 2).shape
        (2, 2, 64, 12)
    """
    # [place in the result, tap of the kernel, tap of blocks, place in a block]
    reads = np.zeros((factor, 3, 2, factor))
    for place in range(factor):
        for tap in range(3):
            reads[place, tap, (place + tap) // factor, (place + tap) % factor] = 1
    spread = np.einsum("ckta,dlub,klio->tuabicdo", reads, reads, kernel)
    channels, filters = kernel.shape[2:]
    return spread.reshape(2, 2, factor**2 * channels, factor**2 * filters).astype(np.float32)


def fused_output(
    kernel: npt.NDArray, fusion: tuple[npt.NDArray, npt.NDArray] | None, factor: int
) -> tuple[dict[str, npt.NDArray], npt.NDArray]:
    """The 2x2 kernels that give an image from the blocks of each branch, the fusion included.

    Args:
        kernel: `[3, 3, filters, 3]` of the convolution that puts out the image.
        fusion: Kernel `[1, 1, 2 * filters, filters]` and bias of the 1x1 convolution before it,
            which joins the image's and the gradient's features; None where it reads the image's.
        factor: Of the blocks.

    Returns:
        The kernels by branch, and the kernel of the fusion's bias. The latter reads ones inside
        the image and zeros beyond it, as the convolution's padding is.

    Examples:
        >>> kernels, of_bias = fused_output(np.ones((3, 3, 16, 3)), None, 2)
        >>> kernels["image"].shape, of_bias.shape
        ((2, 2, 64, 12), (2, 2, 4, 12))
    """
    parts, bias = {"image": kernel}, np.zeros(kernel.shape[2])
    if fusion is not None:
        joined, bias = fusion
        both = np.einsum("io,yxok->yxik", joined[0, 0].astype(np.float64), kernel)
        parts["image"], parts["gradient"] = np.split(both, 2, axis=2)
    of_bias = np.einsum("c,yxck->yxk", bias, kernel)[:, :, None]
    closed = {branch: closing_kernel(part, factor) for branch, part in parts.items()}
    return closed, closing_kernel(of_bias, factor)


def successive(
    first: tuple[npt.NDArray, npt.NDArray], second: tuple[npt.NDArray, npt.NDArray]
) -> tuple[npt.NDArray, npt.NDArray]:
    """Two 1x1 convolutions with nothing between them as one.

    Args:
        first: Kernel `[1, 1, in, between]` and bias.
        second: Kernel `[1, 1, between, out]` and bias.

    Returns:
        Kernel `[1, 1, in, out]` and bias `[out]`, summed in float64.

    Examples:
        >>> kernel, bias = successive(
        ...     (np.ones((1, 1, 8, 2)), np.zeros(2)), (np.ones((1, 1, 2, 4)), np.ones(4))
        ... )
        >>> kernel.shape, float(kernel[0, 0, 0, 0]), float(bias[0])
        ((1, 1, 8, 4), 2.0, 1.0)
    """
    kernel, bias = (values.astype(np.float64) for values in first)
    onward, offset = second
    both = kernel[0, 0] @ onward[0, 0], bias @ onward[0, 0] + offset
    return both[0][None, None].astype(np.float32), both[1].astype(np.float32)
