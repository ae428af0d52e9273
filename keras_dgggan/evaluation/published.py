"""The numbers that the paper prints in its tables 3 to 5, for the rows beside measured ones."""

SETS = ("Set5", "Set14", "BSD100", "Urban100")

# System: for each of SETS (PSNR in dB, SSIM, perceptual index, LPIPS).
Row = tuple[float, float, float, float]
PUBLISHED: dict[str, tuple[Row, Row, Row, Row]] = {
    "EDSR": (
        (32.46, 0.8966, 5.9819, 0.2088),
        (28.79, 0.7874, 5.2594, 0.2963),
        (27.70, 0.7417, 5.2625, 0.3249),
        (26.64, 0.8031, 4.9844, 0.2923),
    ),
    "RCAN": (
        (32.63, 0.9002, 6.3749, 0.2158),
        (28.87, 0.7889, 5.7127, 0.3106),
        (27.77, 0.7435, 5.7588, 0.3317),
        (26.81, 0.8088, 5.4181, 0.2944),
    ),
    "RDN": (
        (32.46, 0.8990, 6.0092, 0.2134),
        (28.81, 0.7871, 5.4633, 0.3039),
        (27.72, 0.7419, 5.5412, 0.3299),
        (26.61, 0.8028, 5.2502, 0.3162),
    ),
    "DBPN": (
        (32.47, 0.8980, 6.1324, 0.2108),
        (28.82, 0.7859, 5.4596, 0.2985),
        (27.73, 0.7401, 5.4915, 0.3250),
        (26.37, 0.7944, 5.1360, 0.2748),
    ),
    "ESRGAN": (
        (30.45, 0.8677, 3.7522, 0.0748),
        (26.28, 0.7783, 2.9261, 0.1329),
        (25.31, 0.6506, 2.4793, 0.1614),
        (24.36, 0.7017, 3.7704, 0.1229),
    ),
    "SRGAN": (
        (29.16, 0.8613, 3.9820, 0.0882),
        (26.17, 0.7841, 3.0851, 0.1663),
        (25.46, 0.6485, 2.5459, 0.1980),
        (24.40, 0.6988, 3.6980, 0.1551),
    ),
    "NatSR": (
        (30.99, 0.8800, 4.1648, 0.0939),
        (27.51, 0.8140, 3.1094, 0.1758),
        (26.45, 0.6831, 2.7801, 0.2114),
        (25.46, 0.7432, 3.6523, 0.1500),
    ),
    "SPSR": (
        (30.40, 0.8627, 3.2743, 0.0644),
        (26.64, 0.7930, 2.9036, 0.1318),
        (25.51, 0.6576, 2.3510, 0.1611),
        (24.80, 0.7237, 3.5511, 0.1184),
    ),
    "DGGGAN": (
        (30.48, 0.8601, 3.2559, 0.0641),
        (26.69, 0.7884, 2.7565, 0.1355),
        (25.49, 0.6573, 2.3508, 0.1645),
        (24.72, 0.7093, 3.5486, 0.1107),
    ),
}

# Table 5: parameters, and FLOPs for an image whose size is not given.
COSTS = {
    "SFTGAN": ("1.8 M", "0.8 G"),
    "NatSR": ("5.0 M", "12.5 G"),
    "ESRGAN": ("16.7 M", "89.7 G"),
    "SRGAN": ("0.7 M", "7.0 G"),
    "SPSR": ("24.8 M", "265.1 G"),
    "DGGGAN": ("14.6 M", "23.7 G"),
}


def published(set_name: str) -> dict[str, Row]:
    """The paper's rows of one test set: PSNR, SSIM, perceptual index and LPIPS by system.

    Raises:
        KeyError: The paper has no such set.

    Example:
        >>> published("Set5")["SPSR"]
        (30.4, 0.8627, 3.2743, 0.0644)
    """
    if set_name not in SETS:
        raise KeyError(set_name)
    return {system: rows[SETS.index(set_name)] for system, rows in PUBLISHED.items()}
