"""A dataset made by TFDS' own builders, without any network."""

import importlib

import numpy as np
import pytest

from keras_dgggan.data import TfdsSource, check_source, training_dataset
from keras_dgggan.errors import UsageError

tfds = importlib.import_module("tensorflow_datasets")


def pixels(number: int, height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    return rng.integers(0, 256, (height, width, 3), np.uint8)


class _Tiny(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.0.0")
    FEATURES: dict = {}

    def _info(self):
        features = {key: make() for key, make in self.FEATURES.items()}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, manager):
        return {"train": self._generate_examples(5), "validation": self._generate_examples(2)}

    def _generate_examples(self, count=5):
        for number in range(count):
            record = {
                "hr": pixels(number, 40, 52),
                "lr": pixels(number, 10, 13),
                "image": pixels(number, 40, 52),
                "label": number,
            }
            yield number, {key: record[key] for key in self.FEATURES}


class TinyPairs(_Tiny):
    FEATURES = {"lr": tfds.features.Image, "hr": tfds.features.Image}


class TinyImages(_Tiny):
    FEATURES = {"image": tfds.features.Image, "label": lambda: np.int64}


class TinyLabels(_Tiny):
    FEATURES = {"label": lambda: np.int64}


@pytest.fixture(params=["array_record", "tfrecord"])
def data_dir(request, tmp_path):
    for builder in (TinyPairs, TinyImages, TinyLabels):
        made = builder(data_dir=tmp_path, file_format=request.param)
        made.download_and_prepare()
    return tmp_path


def test_pairs_come_with_their_pixels_and_can_be_asked_for_in_any_order(data_dir):
    source = TfdsSource("tiny_pairs", split="train", data_dir=data_dir)
    assert source.paired and len(source) == 5
    keys = {pixels(number, 40, 52).tobytes(): number for number in range(5)}
    found = []
    for index in (4, 0, 2, 1, 3):
        sample = source.load(index)
        number = keys[sample.hr.tobytes()]
        assert np.array_equal(sample.lr, pixels(number, 10, 13))
        found.append(number)
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert source.names[3] == "tiny_pairs[train]#3"


def test_single_images_are_trained_on(data_dir):
    source = TfdsSource("tiny_images", split="train[:60%]", data_dir=data_dir)
    assert not source.paired and len(source) == 3
    source = check_source(source, scale=4, hr_crop=24)
    dataset = training_dataset(source, seed=1, scale=4, lr_crop=6, batch_size=4)
    lr, hr = next(iter(dataset))
    assert lr.shape == (4, 6, 6, 3) and hr.shape == (4, 24, 24, 3)


def test_splits_are_apart(data_dir):
    assert len(TfdsSource("tiny_pairs", split="validation", data_dir=data_dir)) == 2


def test_a_second_source_reads_what_the_first_copied(data_dir):
    first = TfdsSource("tiny_pairs", data_dir=data_dir)
    second = TfdsSource("tiny_pairs", data_dir=data_dir)
    assert first == second
    assert np.array_equal(first.load(1).hr, second.load(1).hr)


def test_an_unknown_split_lists_those_there_are(data_dir):
    with pytest.raises(UsageError, match="'test': choose from train, validation"):
        TfdsSource("tiny_pairs", split="test", data_dir=data_dir)


def test_an_unknown_dataset_gets_the_nearest_name(tmp_path):
    with pytest.raises(UsageError, match=r"div2kk.*did you mean 'div2k'\?"):
        TfdsSource("div2kk/bicubic_x4", data_dir=tmp_path)


def test_a_dataset_without_images_is_refused(data_dir):
    with pytest.raises(UsageError, match="has the features label: needed are lr and hr"):
        TfdsSource("tiny_labels", data_dir=data_dir)


def test_a_dataset_that_is_not_there_yet_is_prepared(tmp_path):
    assert len(TfdsSource("tiny_images", data_dir=tmp_path)) == 5
