"""Layers of the networks (paper eqs. 1 to 5, upsampling, luma), in `keras.ops` alone."""

from keras_dgggan.layers.enlargement import Enlargement as Enlargement
from keras_dgggan.layers.image_gradient import ImageGradient as ImageGradient
from keras_dgggan.layers.image_gradient import image_gradient as image_gradient
from keras_dgggan.layers.multi_scale_residual_block import (
    MultiScaleResidualBlock as MultiScaleResidualBlock,
)
from keras_dgggan.layers.squeeze_excitation import SqueezeExcitation as SqueezeExcitation
from keras_dgggan.layers.upsampling import PixelShuffle as PixelShuffle
from keras_dgggan.layers.upsampling import Upsampling as Upsampling
