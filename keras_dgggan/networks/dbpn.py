"""DBPN: back-projection between LR and HR features."""

from typing import Annotated, Any, Literal

import keras
from keras import KerasTensor, layers

from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import AtLeast, Count

# scale: kernel size; the stride is the scale
_KERNELS = {2: 6, 4: 8, 8: 12}


@keras.saving.register_keras_serializable(package="keras_dgggan")
class DBPN(SuperResolver):
    """Dense back-projection units that go up and down in turn; all HR features are fused.

    As the public code of the authors (D-DBPN). super-image's variant has a PReLU slope for every
    channel, fewer and narrower stages, and shifts the colours: `DBPN(32, 128, 6,
    shared_slopes=False, mean_shift=True)`.

    Args:
        filters: Channels of LR and HR features.
        head_filters: Channels of the first convolution.
        stages: Units that go up; one less goes down.
        shared_slopes: One PReLU slope for all channels rather than one for each.
        scale: 2, 4 or 8.
        rgb_range: The range that the weights know: 1 for the authors'.
        mean_shift: Whether DIV2K's mean colour is subtracted at the start and added at the end.

    Input and output: as `SuperResolver`.

    Examples:
        >>> network = DBPN(filters=4, head_filters=8, stages=2)
        >>> network(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Haris et al., Deep Back-Projection Networks for Super-Resolution, CVPR 2018,
        https://arxiv.org/abs/1803.02735. The defaults are its 10.4 M parameters.
    """

    def __init__(
        self,
        filters: Count = 64,
        head_filters: Count = 256,
        stages: Annotated[int, AtLeast(2)] = 7,
        shared_slopes: bool = True,
        scale: Literal[2, 4, 8] = 4,
        rgb_range: float = 1.0,
        mean_shift: bool = False,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        prelu = "prelu_shared" if shared_slopes else "prelu"

        def projected(x: KerasTensor, name: str, up: bool) -> KerasTensor:
            """A transposed convolution to HR size if `up`, else a convolution to LR size."""
            make = layers.Conv2DTranspose if up else layers.Conv2D
            x = make(
                filters,
                _KERNELS[scale],
                strides=scale,
                padding="same",
                dtype=build.policy,
                name=name,
            )(x)
            return build.activation(x, prelu, name)

        def unit(xs: list[KerasTensor], name: str, up: bool) -> KerasTensor:
            x = xs[0]
            if len(xs) > 1:
                x = build.concat(xs, f"{name}_dense")
                x = build.conv(x, filters, 1, name=f"{name}_bottleneck", activation=prelu)
            there = projected(x, f"{name}_conv1", up)
            back = projected(there, f"{name}_conv2", not up)
            error = build.subtract(back, x, f"{name}_error")
            return build.add([projected(error, f"{name}_conv3", up), there], name)

        lr = build.lr()
        x = build.ranged(lr, rgb_range, mean_shift)
        x = build.conv(x, head_filters, name="head1", activation=prelu)
        x = build.conv(x, filters, 1, name="head2", activation=prelu)
        # The newest first.
        hr_features = [unit([x], "up_1", True)]
        lr_features: list[KerasTensor] = []
        for i in range(1, stages):
            lr_features.insert(0, unit(hr_features, f"down_{i}", False))
            hr_features.insert(0, unit(lr_features, f"up_{i + 1}", True))
        x = build.last(build.concat(hr_features, "all_results"), name="tail")
        image = build.unranged(x, rgb_range, mean_shift)
        super().__init__(lr, {"image": image}, **kwargs)
