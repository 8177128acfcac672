"""What is not VGG-19 is refused, and a download that fails is explained."""

import keras
import pytest

from keras_gen import weights


def test_a_download_that_fails_says_what_to_give_instead(monkeypatch):
    def offline(**options):
        raise Exception("URL fetch failure on https://example.org")

    monkeypatch.setattr(keras.applications, "VGG19", offline)
    with pytest.raises(OSError, match="give the npz or .h5 file .* failure"):
        weights.vgg19("imagenet")


def test_a_file_of_keras_that_does_not_fit(tmp_path):
    path = tmp_path / "vgg.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match="VGG-19 without its top.*vgg.h5"):
        weights.vgg19(path)
