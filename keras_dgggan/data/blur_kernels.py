"""Kernels that blur, and convolution with them, in NumPy."""

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# Height and width of the largest kernel.
MOST_TAPS = 21

# Below, a Gaussian is a single pixel, and its formula divides by almost nothing.
_LEAST_SIGMA = 0.1

# Points at which the integral of the Bessel function is taken: exact to float32 as far as a
# kernel's corner at the highest frequency (an argument of 45).
_BESSEL_POINTS = 128


def gaussian_kernel(sigma: tuple[float, float], angle: float = 0.0, exponent: float = 2.0) -> Array:
    """A Gaussian of two standard deviations, turned by an angle; its exponent need not be 2.

    The value at x is `exp(-0.5 (x' C^-1 x)^(exponent / 2))`, C being the covariance.

    Args:
        sigma: Standard deviations along the two axes, in pixels.
        angle: Of the first axis against the image's rows, in radians.
        exponent: 2 is the Gaussian; smaller is peaked, larger is flat.

    Returns:
        `[taps, taps]`, odd, as large as three standard deviations ask for and at most 21; its
        sum is 1.

    Examples:
        >>> gaussian_kernel((0.5, 0.5)).round(3)
        array([[0.011, 0.084, 0.011],
               [0.084, 0.619, 0.084],
               [0.011, 0.084, 0.011]], dtype=float32)

    Reference:
        K. Zhang et al., Designing a Practical Degradation Model for Deep Blind Image
        Super-Resolution (BSRGAN), ICCV 2021; Y. Liu et al., Estimating Generalized Gaussian Blur
        Kernels for Out-of-Focus Image Deblurring, 2020.
    """
    wide, narrow = (max(s, _LEAST_SIGMA) for s in sigma)
    # To where its value is exp(-4.5): a Gaussian's three standard deviations.
    reach = math.ceil(9 ** (1 / exponent) * max(wide, narrow) - 0.75)
    radius = min(max(reach, 1), MOST_TAPS // 2)
    y, x = _grid(radius)
    along = (x * math.cos(angle) + y * math.sin(angle)) / wide
    across = (y * math.cos(angle) - x * math.sin(angle)) / narrow
    kernel = np.exp(-0.5 * (along**2 + across**2) ** (exponent / 2))
    return (kernel / kernel.sum()).astype(np.float32)


def sinc_kernel(cutoff: float, taps: int = MOST_TAPS) -> Array:
    """A circular low-pass filter (2D sinc), cut off at the kernel's edges: it rings.

    Args:
        cutoff: The circle's radius, as a share of half the sampling rate, above 0 up to 1.
        taps: Height and width, odd.

    Returns:
        `[taps, taps]`, whose sum is 1.

    Examples:
        >>> sinc_kernel(0.5, 3).round(3)
        array([[0.085, 0.123, 0.085],
               [0.123, 0.17 , 0.123],
               [0.085, 0.123, 0.085]], dtype=float32)

    Reference:
        X. Wang et al., Real-ESRGAN, 2021, eq. 6: `w J1(w r) / (2 pi r)`, w the cutoff in radians.
    """
    y, x = _grid(taps // 2)
    radius = np.hypot(y, x)
    omega = cutoff * math.pi
    theta = (np.arange(_BESSEL_POINTS) + 0.5) * (math.pi / _BESSEL_POINTS)
    argument = (omega * radius)[..., None] * np.sin(theta)
    bessel = np.cos(theta - argument).mean(axis=-1)
    centre = omega**2 / (4 * math.pi)
    kernel = np.where(radius > 0, omega * bessel / (2 * math.pi * np.maximum(radius, 1)), centre)
    return (kernel / kernel.sum()).astype(np.float32)


def convolve(image: Array, kernel: Array) -> Array:
    """Convolve each channel with a kernel; beyond its edge the image is mirrored (`cba|abc|cba`).

    Args:
        image: float32 `[height, width, channels]`.
        kernel: float32 `[taps, taps]`, odd.

    Returns:
        The image's shape.
    """
    radius = len(kernel) // 2
    height, width = image.shape[:2]
    # Channels first: the transform then runs along contiguous memory.
    planes = np.pad(
        image.transpose(2, 0, 1), [(0, 0), (radius, radius), (radius, radius)], "symmetric"
    )
    size = tuple(_fast_length(length) for length in planes.shape[1:])
    spectrum = np.fft.rfft2(planes, size) * np.fft.rfft2(kernel, size)
    # Where the whole kernel lies on the image the circular convolution is the plain one.
    whole = np.fft.irfft2(spectrum, size)
    first = 2 * radius
    inside = whole[:, first : first + height, first : first + width]
    return inside.transpose(1, 2, 0).astype(np.float32, copy=False)


def _grid(radius: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    steps = np.arange(-radius, radius + 1, dtype=np.float64)
    return steps[:, None], steps[None, :]


def _fast_length(length: int) -> int:
    """The next length without a prime factor above 5: FFTs of others take far longer."""
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1
