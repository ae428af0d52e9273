"""`keras-dgggan networks`: what the networks of the paper's tables hold and cost."""

import click

from keras_dgggan.cli.shared_options import lr_size_option


@click.command("networks")
@lr_size_option
def command(lr_size: int) -> None:
    """List the networks by the names that recipes and import-weights take.

    Parameters and multiply-accumulates (MACs) are counted from the layers of the network as
    published, at scale 4. Tiles of a network whose receptive field is the
    whole image, or too wide, are blended: near the untiled result, not equal to it.

    \b
    Examples:
      keras-dgggan networks
      keras-dgggan networks --lr-size 128
    """
    from keras_dgggan.evaluation.network_costs import networks_table

    click.echo(networks_table(lr_size))
