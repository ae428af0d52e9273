"""Names of the networks that are trained for PSNR."""

from keras_dgggan.importing.scheme import MEAN_SHIFT, Scheme
from keras_dgggan.importing.scheme import NUMBER as N

_TAIL = {r"tail\.0\.0": "up1", r"tail\.0\.2": "up2", r"tail\.1": "tail"}
_BASICSR_TAIL = {
    "conv_first": "head",
    "conv_after_body": "trunk",
    r"upsample\.0": "up1",
    r"upsample\.2": "up2",
    "conv_last": "tail",
}


def _projections(up: str, down: str, ours: str) -> dict[str, str]:
    """DBPN's unit by its authors, whose convolutions up and down alternate."""
    names = {rf"{ours}{N}\.conv\.conv": f"{ours}_{{1}}_bottleneck"}
    names[rf"{ours}{N}\.conv\.act"] = f"{ours}_{{1}}_bottleneck_prelu_shared"
    for i, kind in enumerate((up, down, up), 1):
        names[rf"{ours}{N}\.{ours}_conv{i}\.{kind}"] = f"{ours}_{{1}}_conv{i}"
        names[rf"{ours}{N}\.{ours}_conv{i}\.act"] = f"{ours}_{{1}}_conv{i}_prelu_shared"
    return names


def _dense_projection(module: str, ours: str) -> dict[str, str]:
    """DBPN's unit in EDSR's framework."""
    names = {
        rf"{module}\.{N}\.bottleneck\.0": f"{ours}_{{1+}}_bottleneck",
        rf"{module}\.{N}\.bottleneck\.1": f"{ours}_{{1+}}_bottleneck_prelu",
    }
    names[rf"{module}\.{N}\.conv_{N}\.0"] = f"{ours}_{{1+}}_conv{{2}}"
    names[rf"{module}\.{N}\.conv_{N}\.1"] = f"{ours}_{{1+}}_conv{{2}}_prelu"
    return names


PSNR_SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "SRCNN": (Scheme("the common port", {rf"conv{N}": "conv{1}"}),),
    "VDSR": (
        Scheme("torchsr", {rf"body\.{N}": "conv{1/}"}, MEAN_SHIFT),
        Scheme(
            "the common port",
            {
                "input": "conv1",
                # The first of these is the second convolution of all.
                **{rf"residual_layer\.{i}\.conv": f"conv{i + 2}" for i in range(62)},
                "output": "conv{last}",
            },
        ),
    ),
    "EDSR": (
        Scheme(
            "the authors",
            {
                r"head\.0": "head",
                rf"body\.{N}\.body\.{N}": "block_{1+}_conv{2/}",
                r"body\.\d+": "trunk",
                **_TAIL,
            },
            MEAN_SHIFT,
        ),
        Scheme("BasicSR", {rf"body\.{N}\.conv{N}": "block_{1+}_conv{2}", **_BASICSR_TAIL}),
    ),
    "RCAN": (
        Scheme(
            "the authors",
            {
                r"head\.0": "head",
                rf"body\.{N}\.body\.{N}\.body\.(0|2)": "group_{1+}_block_{2+}_conv{3/}",
                rf"body\.{N}\.body\.{N}\.body\.3\.conv_du\.0": "group_{1+}_block_{2+}_squeeze",
                rf"body\.{N}\.body\.{N}\.body\.3\.conv_du\.2": "group_{1+}_block_{2+}_excite",
                rf"body\.{N}\.body\.\d+": "group_{1+}_conv",
                r"body\.\d+": "trunk",
                **_TAIL,
            },
            MEAN_SHIFT,
        ),
        Scheme(
            "BasicSR",
            {
                rf"body\.{N}\.residual_group\.{N}\.rcab\.(0|2)": "group_{1+}_block_{2+}_conv{3/}",
                rf"body\.{N}\.residual_group\.{N}\.rcab\.3\.attention\.1": (
                    "group_{1+}_block_{2+}_squeeze"
                ),
                rf"body\.{N}\.residual_group\.{N}\.rcab\.3\.attention\.3": (
                    "group_{1+}_block_{2+}_excite"
                ),
                rf"body\.{N}\.conv": "group_{1+}_conv",
                **_BASICSR_TAIL,
            },
        ),
    ),
    "MSRN": (
        Scheme(
            "the authors",
            {
                r"head\.0": "head",
                rf"body\.{N}\.conv_(3|5)_{N}": "block_{1+}/level{3}_{2}x{2}",
                rf"body\.{N}\.confusion": "block_{1+}/fusion",
                r"tail\.0": "fusion",
                r"tail\.1": "trunk",
                r"tail\.2\.0": "up1",
                r"tail\.2\.2": "up2",
                r"tail\.3": "tail",
            },
            MEAN_SHIFT,
        ),
    ),
    "RDN": (
        Scheme(
            "torchsr",
            {
                rf"sfe{N}": "head{1}",
                rf"rdbs\.{N}\.layers\.{N}\.conv": "block_{1+}_conv{2+}",
                rf"rdbs\.{N}\.lff": "block_{1+}_fusion",
                r"gff\.0": "fusion",
                r"gff\.1": "trunk",
                rf"upscale\.{N}": "up{1/}",
                "output": "tail",
            },
        ),
        Scheme(
            "the authors",
            {
                rf"SFENet{N}": "head{1}",
                rf"RDBs\.{N}\.convs\.{N}\.conv\.0": "block_{1+}_conv{2+}",
                rf"RDBs\.{N}\.LFF": "block_{1+}_fusion",
                r"GFF\.0": "fusion",
                r"GFF\.1": "trunk",
                r"UPNet\.0": "up1",
                r"UPNet\.2": "up2",
                r"UPNet\.4": "tail",
            },
            implies={"rgb_range": 255.0},
        ),
    ),
    "DBPN": (
        Scheme(
            "the authors",
            {
                r"feat0\.conv": "head1",
                r"feat0\.act": "head1_prelu_shared",
                r"feat1\.conv": "head2",
                r"feat1\.act": "head2_prelu_shared",
                **_projections("deconv", "conv", "up"),
                **_projections("conv", "deconv", "down"),
                r"output_conv\.conv": "tail",
            },
            needs={"shared_slopes": True},
        ),
        Scheme(
            "super-image",
            {
                r"initial\.0": "head1",
                r"initial\.1": "head1_prelu",
                r"initial\.2": "head2",
                r"initial\.3": "head2_prelu",
                **_dense_projection("upmodules", "up"),
                **_dense_projection("downmodules", "down"),
                r"reconstruction\.0": "tail",
            },
            MEAN_SHIFT,
            needs={"shared_slopes": False},
            implies={"rgb_range": 1.0, "mean_shift": True},
            oldest_first=True,
        ),
    ),
}
