"""`keras-dgggan networks`: what the networks of the paper's tables hold and cost."""

import click

from keras_dgggan.cli.shared_options import lr_size_option


@click.command("networks")
@lr_size_option
def command(lr_size: int) -> None:
    """List the networks by the names that recipes and import-weights take.

    Parameters and multiply-accumulates (MACs) are counted from the layers of the network as
    published, at scale 4. "looks at" is its receptive field: the LR pixels on each side that an SR
    pixel depends on. Where that is all of the image, or much of it, `upscale` blends the tiles of
    large images (but a DGGGAN's): near the untiled result, not equal to it.

    \b
    Examples:
      keras-dgggan networks
      keras-dgggan networks --lr-size 128
    """
    from keras_dgggan.evaluation.network_costs import networks_table

    click.echo(networks_table(lr_size))
