"""What the layers of public PyTorch code are called here.

A scheme is a table from a pattern of PyTorch's module name to our layer's. In the latter `{1}` is
the pattern's first group, `{1+}` the number after it (public code counts blocks from 0), and
`{2/}` half of it and one (where activations are counted among the layers). `a/b` is the layer `b`
of the block `a`.
"""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scheme:
    """The names of one public implementation.

    Attributes:
        origin: Whose it is.
        names: Patterns of module names to names of layers.
        constants: Patterns of tensors that are no weights, and are not taken.
        oldest_first: Features that our network concatenates with the newest first come the other
            way round.
    """

    origin: str
    names: dict[str, str]
    constants: tuple[str, ...] = ()
    oldest_first: bool = False

    def layer(self, module: str, network: Any) -> str | None:
        """Our name for a module, None if it is unknown."""
        for pattern, template in self.names.items():
            match = re.fullmatch(pattern, module)
            if match:
                return _filled(template, match).replace("{last}", str(getattr(network, "depth", 0)))
        return None

    def is_constant(self, tensor: str) -> bool:
        """Whether a tensor is none of the weights."""
        return any(re.fullmatch(pattern, tensor) for pattern in self.constants)


def _filled(template: str, match: re.Match[str]) -> str:
    def number(reference: re.Match[str]) -> str:
        group, change = reference.groups()
        value = int(match[int(group)])
        return str({"": value, "+": value + 1, "/": value // 2 + 1}[change])

    return re.sub(r"\{(\d)([+/]?)\}", number, template)


_N = r"(\d+)"
_MEAN_SHIFT = (r"(sub|add)_mean\.(weight|bias)",)
_TAIL = {r"tail\.0\.0": "up1", r"tail\.0\.2": "up2", r"tail\.1": "tail"}
_BASICSR_TAIL = {
    "conv_first": "head",
    "conv_after_body": "trunk",
    r"upsample\.0": "up1",
    r"upsample\.2": "up2",
    "conv_last": "tail",
}


def _rrdb(before: str, name: str) -> dict[str, str]:
    """A block of the old naming scheme."""
    return {rf"{before}\.RDB{_N}\.conv{_N}\.0": name}


def _modulation(before: str, name: str) -> dict[str, str]:
    """SFTGAN's four convolutions of one modulation."""
    return {
        rf"{before}SFT_{kind}_conv{index}": f"{name}_{kind}{index + 1}"
        for kind in ("scale", "shift")
        for index in (0, 1)
    }


def _projections(up: str, down: str, ours: str) -> dict[str, str]:
    """DBPN's unit by its authors, whose convolutions up and down alternate."""
    names = {rf"{ours}{_N}\.conv\.conv": f"{ours}_{{1}}_bottleneck"}
    names[rf"{ours}{_N}\.conv\.act"] = f"{ours}_{{1}}_bottleneck_prelu_shared"
    for i, kind in enumerate((up, down, up), 1):
        names[rf"{ours}{_N}\.{ours}_conv{i}\.{kind}"] = f"{ours}_{{1}}_conv{i}"
        names[rf"{ours}{_N}\.{ours}_conv{i}\.act"] = f"{ours}_{{1}}_conv{i}_prelu_shared"
    return names


def _dense_projection(module: str, ours: str) -> dict[str, str]:
    """DBPN's unit in EDSR's framework."""
    names = {
        rf"{module}\.{_N}\.bottleneck\.0": f"{ours}_{{1+}}_bottleneck",
        rf"{module}\.{_N}\.bottleneck\.1": f"{ours}_{{1+}}_bottleneck_prelu",
    }
    names[rf"{module}\.{_N}\.conv_{_N}\.0"] = f"{ours}_{{1+}}_conv{{2}}"
    names[rf"{module}\.{_N}\.conv_{_N}\.1"] = f"{ours}_{{1+}}_conv{{2}}_prelu"
    return names


SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "SRCNN": (Scheme("the common port", {rf"conv{_N}": "conv{1}"}),),
    "VDSR": (
        Scheme("torchsr", {rf"body\.{_N}": "conv{1/}"}, _MEAN_SHIFT),
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
    "SRResNet": (
        Scheme(
            "BasicSR",
            {
                "conv_first": "head",
                rf"body\.{_N}\.conv{_N}": "block_{1+}_conv{2}",
                rf"upconv{_N}": "up{1}",
                "conv_hr": "hr",
                "conv_last": "tail",
            },
        ),
    ),
    "EDSR": (
        Scheme(
            "the authors",
            {
                r"head\.0": "head",
                rf"body\.{_N}\.body\.{_N}": "block_{1+}_conv{2/}",
                r"body\.\d+": "trunk",
                **_TAIL,
            },
            _MEAN_SHIFT,
        ),
        Scheme("BasicSR", {rf"body\.{_N}\.conv{_N}": "block_{1+}_conv{2}", **_BASICSR_TAIL}),
    ),
    "RCAN": (
        Scheme(
            "the authors",
            {
                r"head\.0": "head",
                rf"body\.{_N}\.body\.{_N}\.body\.(0|2)": "group_{1+}_block_{2+}_conv{3/}",
                rf"body\.{_N}\.body\.{_N}\.body\.3\.conv_du\.0": "group_{1+}_block_{2+}_squeeze",
                rf"body\.{_N}\.body\.{_N}\.body\.3\.conv_du\.2": "group_{1+}_block_{2+}_excite",
                rf"body\.{_N}\.body\.\d+": "group_{1+}_conv",
                r"body\.\d+": "trunk",
                **_TAIL,
            },
            _MEAN_SHIFT,
        ),
        Scheme(
            "BasicSR",
            {
                rf"body\.{_N}\.residual_group\.{_N}\.rcab\.(0|2)": "group_{1+}_block_{2+}_conv{3/}",
                rf"body\.{_N}\.residual_group\.{_N}\.rcab\.3\.attention\.1": (
                    "group_{1+}_block_{2+}_squeeze"
                ),
                rf"body\.{_N}\.residual_group\.{_N}\.rcab\.3\.attention\.3": (
                    "group_{1+}_block_{2+}_excite"
                ),
                rf"body\.{_N}\.conv": "group_{1+}_conv",
                **_BASICSR_TAIL,
            },
        ),
    ),
    "MSRN": (
        Scheme(
            "the authors",
            {
                r"head\.0": "head",
                rf"body\.{_N}\.conv_(3|5)_{_N}": "block_{1+}/level{3}_{2}x{2}",
                rf"body\.{_N}\.confusion": "block_{1+}/fusion",
                r"tail\.0": "fusion",
                r"tail\.1": "trunk",
                r"tail\.2\.0": "up1",
                r"tail\.2\.2": "up2",
                r"tail\.3": "tail",
            },
            _MEAN_SHIFT,
        ),
    ),
    "RDN": (
        Scheme(
            "torchsr",
            {
                rf"sfe{_N}": "head{1}",
                rf"rdbs\.{_N}\.layers\.{_N}\.conv": "block_{1+}_conv{2+}",
                rf"rdbs\.{_N}\.lff": "block_{1+}_fusion",
                r"gff\.0": "fusion",
                r"gff\.1": "trunk",
                rf"upscale\.{_N}": "up{1/}",
                "output": "tail",
            },
        ),
        Scheme(
            "the authors",
            {
                rf"SFENet{_N}": "head{1}",
                rf"RDBs\.{_N}\.convs\.{_N}\.conv\.0": "block_{1+}_conv{2+}",
                rf"RDBs\.{_N}\.LFF": "block_{1+}_fusion",
                r"GFF\.0": "fusion",
                r"GFF\.1": "trunk",
                r"UPNet\.0": "up1",
                r"UPNet\.2": "up2",
                r"UPNet\.4": "tail",
            },
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
                r"output_conv\.conv": "image",
            },
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
                r"reconstruction\.0": "image",
            },
            _MEAN_SHIFT,
            oldest_first=True,
        ),
    ),
    "RRDBNet": (
        Scheme(
            "BasicSR",
            {
                "conv_first": "head",
                rf"body\.{_N}\.rdb{_N}\.conv{_N}": "block_{1+}_rdb{2}_conv{3}",
                "conv_body": "trunk",
                rf"conv_up{_N}": "upsampling/conv{1}",
                "conv_hr": "hr",
                "conv_last": "image",
            },
        ),
        Scheme(
            "the old ESRGAN",
            {
                r"model\.0": "head",
                **_rrdb(rf"model\.1\.sub\.{_N}", "block_{1+}_rdb{2}_conv{3}"),
                r"model\.1\.sub\.\d+": "trunk",
                r"model\.3": "upsampling/conv1",
                r"model\.6": "upsampling/conv2",
                r"model\.8": "hr",
                r"model\.10": "image",
            },
        ),
    ),
    "SFTGAN": (
        Scheme(
            "the authors",
            {
                "conv0": "head",
                rf"CondNet\.{_N}": "condition{1/}",
                **_modulation(rf"sft_branch\.{_N}\.sft0\.", "block_{1+}_sft1"),
                **_modulation(rf"sft_branch\.{_N}\.sft1\.", "block_{1+}_sft2"),
                **_modulation(r"sft_branch\.\d+\.", "trunk_sft"),
                rf"sft_branch\.{_N}\.conv{_N}": "block_{1+}_conv{2+}",
                r"sft_branch\.\d+": "trunk",
                r"HR_branch\.0": "up1",
                r"HR_branch\.3": "up2",
                r"HR_branch\.6": "hr",
                r"HR_branch\.8": "image",
            },
        ),
    ),
    "SPSR": (
        Scheme(
            "the authors",
            {
                r"model\.0": "image_head",
                **_rrdb(rf"model\.1\.sub\.{_N}", "image_block_{1+}_rdb{2}_conv{3}"),
                r"model\.1\.sub\.\d+": "image_trunk",
                r"model\.3": "image_upsampling/conv1",
                r"model\.6": "image_upsampling/conv2",
                r"model\.8": "image_hr1",
                # The same convolution once more.
                r"HR_conv0_new\.0": "image_hr1",
                r"HR_conv1_new\.0": "image_hr2",
                r"b_fea_conv\.0": "gradient_head",
                **_rrdb(rf"b_block_{_N}", "gradient_block_{1}_rdb{2}_conv{3}"),
                rf"b_concat_{_N}\.0": "gradient_conv_{1}",
                r"b_LR_conv\.0": "gradient_trunk",
                r"b_module\.1": "gradient_upsampling/conv1",
                r"b_module\.4": "gradient_upsampling/conv2",
                r"b_module\.6": "gradient_hr1",
                r"b_module\.8": "gradient_hr2",
                r"conv_w\.0": "gradient_map",
                **_rrdb("f_block", "fusion_block_rdb{1}_conv{2}"),
                r"f_concat\.0": "fusion_conv",
                r"f_HR_conv0\.0": "fusion_hr",
                r"f_HR_conv1\.0": "image",
            },
            (r"get_g_nopadding\.weight_[hv]",),
        ),
    ),
}
