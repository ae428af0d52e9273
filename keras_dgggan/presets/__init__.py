"""The models that come with the package: their files, names and cards."""

from keras_dgggan.presets.catalog import DEFAULT_PRESET as DEFAULT_PRESET
from keras_dgggan.presets.catalog import HIGHEST_FOR_PHOTO as HIGHEST_FOR_PHOTO
from keras_dgggan.presets.catalog import PHOTO_PRESET as PHOTO_PRESET
from keras_dgggan.presets.catalog import VIDEO_PRESET as VIDEO_PRESET
from keras_dgggan.presets.catalog import preset_card as preset_card
from keras_dgggan.presets.catalog import preset_file as preset_file
from keras_dgggan.presets.catalog import preset_for as preset_for
from keras_dgggan.presets.catalog import preset_names as preset_names
