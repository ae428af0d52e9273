"""Names of the networks that are trained with a critic."""

from keras_dgggan.importing.scheme import NUMBER as N
from keras_dgggan.importing.scheme import Scheme


def _rrdb(before: str, name: str) -> dict[str, str]:
    """The convolutions of one residual dense block, as the old ESRGAN names them."""
    return {rf"{before}\.RDB{N}\.conv{N}\.0": name}


def _old_esrgan(steps: int) -> Scheme:
    """Names by position in one sequence; each doubling of the size takes three positions."""
    last = 3 * steps
    return Scheme(
        "the old ESRGAN",
        {
            r"model\.0": "head",
            **_rrdb(rf"model\.1\.sub\.{N}", "block_{1+}_rdb{2}_conv{3}"),
            r"model\.1\.sub\.\d+": "trunk",
            **{rf"model\.{3 * i}": f"upsampling/conv{i}" for i in range(1, steps + 1)},
            rf"model\.{last + 2}": "hr",
            rf"model\.{last + 4}": "image",
        },
    )


def _modulation(before: str, name: str) -> dict[str, str]:
    """SFTGAN's four convolutions of one modulation."""
    return {
        rf"{before}SFT_{kind}_conv{index}": f"{name}_{kind}{index + 1}"
        for kind in ("scale", "shift")
        for index in (0, 1)
    }


GAN_SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "SRResNet": (
        Scheme(
            "BasicSR",
            {
                "conv_first": "head",
                rf"body\.{N}\.conv{N}": "block_{1+}_conv{2}",
                rf"upconv{N}": "up{1}",
                "conv_hr": "hr",
                "conv_last": "tail",
            },
            needs={"modified": True},
        ),
        # The network as published has no code of its authors; this port has weights.
        Scheme(
            "Lornatang/SRGAN-PyTorch",
            {
                r"conv(?:_block)?1\.0": "head",
                r"conv(?:_block)?1\.1": "head_prelu",
                rf"trunk\.{N}\.rcb\.0": "block_{1+}_conv1",
                rf"trunk\.{N}\.rcb\.1": "block_{1+}_conv1_norm",
                rf"trunk\.{N}\.rcb\.2": "block_{1+}_conv1_prelu",
                rf"trunk\.{N}\.rcb\.3": "block_{1+}_conv2",
                rf"trunk\.{N}\.rcb\.4": "block_{1+}_conv2_norm",
                r"conv(?:_block)?2\.0": "trunk",
                r"conv(?:_block)?2\.1": "trunk_norm",
                rf"upsampling\.{N}\.upsample_block\.0": "up{1+}",
                rf"upsampling\.{N}\.upsample_block\.2": "up{1+}_prelu",
                r"conv(?:_block)?3": "image",
            },
            needs={"modified": False},
            unbiased=(r"block_\d+_conv\d", "trunk"),
        ),
    ),
    "RRDBNet": (
        Scheme(
            "BasicSR",
            {
                "conv_first": "head",
                rf"body\.{N}\.rdb{N}\.conv{N}": "block_{1+}_rdb{2}_conv{3}",
                "conv_body": "trunk",
                rf"conv_up{N}": "upsampling/conv{1}",
                "conv_hr": "hr",
                "conv_last": "image",
            },
        ),
        Scheme(
            "ESRGAN",
            {
                "conv_first": "head",
                rf"RRDB_trunk\.{N}\.RDB{N}\.conv{N}": "block_{1+}_rdb{2}_conv{3}",
                "trunk_conv": "trunk",
                rf"upconv{N}": "upsampling/conv{1}",
                "HRconv": "hr",
                "conv_last": "image",
            },
        ),
        *(_old_esrgan(steps) for steps in (2, 1, 0, 3)),
    ),
    "NatSR": (
        Scheme(
            "the authors, in TensorFlow",
            {
                "GEN/conv1/conv2d": "head",
                rf"GEN/Block{N}/conv{N}/conv2d": "block_{1+}_conv{2+}",
                rf"GEN/Block{N}/conv_fusion/conv2d": "block_{1+}_fusion",
                "GEN/conv2/conv2d": "trunk",
                rf"GEN/conv_up{N}/conv2d": "up{1}",
                "GEN/conv_out/conv2d": "image",
            },
            # The critics beside it, and what the optimizer remembers.
            (r"(DIS|CLASSIFIER)/.*", r".*/Adam(_\d)?", r"beta\d_power(_\d)?", "global_step"),
            tensorflow=True,
        ),
    ),
    "SFTGAN": (
        Scheme(
            "the authors",
            {
                "conv0": "head",
                rf"CondNet\.{N}": "condition{1/}",
                **_modulation(rf"sft_branch\.{N}\.sft0\.", "block_{1+}_sft1"),
                **_modulation(rf"sft_branch\.{N}\.sft1\.", "block_{1+}_sft2"),
                **_modulation(r"sft_branch\.\d+\.", "trunk_sft"),
                rf"sft_branch\.{N}\.conv{N}": "block_{1+}_conv{2+}",
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
                **_rrdb(rf"model\.1\.sub\.{N}", "image_block_{1+}_rdb{2}_conv{3}"),
                r"model\.1\.sub\.\d+": "image_trunk",
                r"model\.3": "image_upsampling/conv1",
                r"model\.6": "image_upsampling/conv2",
                r"model\.8": "image_hr1",
                # The same convolution once more.
                r"HR_conv0_new\.0": "image_hr1",
                r"HR_conv1_new\.0": "image_hr2",
                r"b_fea_conv\.0": "gradient_head",
                **_rrdb(rf"b_block_{N}", "gradient_block_{1}_rdb{2}_conv{3}"),
                rf"b_concat_{N}\.0": "gradient_conv_{1}",
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
