"""`model.keras` is whole and of this library, or it is not loaded."""

import zipfile

import keras
import numpy as np
import pytest

import keras_gen
from keras_gen import artifacts, saving
from tests.keras_gen import toy_model
from tests.keras_gen.toy_model import POINTS, TARGETS


@pytest.fixture
def path(tmp_path):
    """A saved model."""
    toy_model.Line(slope=3.0).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_a_saved_model_is_sealed_and_read_by_keras_too(path):
    artifacts.verify_file(path)
    assert float(keras_gen.load(path).slope.value) == 3.0
    assert float(keras.saving.load_model(path).slope.value) == 3.0
    assert [each.name for each in path.parent.iterdir()] == ["model.keras"]


def test_a_model_that_was_not_compiled_stays_so(path):
    assert not keras_gen.load(path).compiled


def test_name_precision_and_config_are_kept(tmp_path):
    model = toy_model.Line(name="mine", dtype="mixed_bfloat16", noise=0.5)
    model.save(tmp_path / "model.keras")
    loaded = keras_gen.load(tmp_path / "model.keras")
    assert loaded.name == "mine"
    assert loaded.dtype_policy.name == "mixed_bfloat16"
    assert loaded.config == model.config


def test_an_equal_model_in_another_precision():
    model = keras_gen.DCGAN(
        keras_gen.DCGANConfig.tiny(), dtype="mixed_bfloat16"
    )
    found = saving.in_precision(model, "float32")
    assert found.config == model.config
    assert found.discriminator.layers[-2].compute_dtype == "float32"
    for mine, theirs in zip(
        found.get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_allclose(found.generate(3), model.generate(3), atol=0.05)
    assert saving.in_precision(found, "float32") is found


def test_given_networks_change_their_precision_too():
    """As the autoencoder of a latent diffusion model, for LiteRT."""
    parts = keras_gen.KLAutoencoder(
        keras_gen.KLAutoencoderConfig.tiny(), dtype="mixed_bfloat16"
    )
    given = {"encoder": parts.encoder, "decoder": parts.decoder}
    model = keras_gen.KLAutoencoder(parts.config, **given)
    assert model.dtype_policy.name == "float32"
    found = saving.in_precision(model, "float32")
    for network in (found.encoder, found.decoder):
        for layer in network.layers:
            assert layer.compute_dtype == "float32", layer.name
    assert model.decoder.layers[1].compute_dtype == "bfloat16"
    np.testing.assert_allclose(found.generate(3), model.generate(3), atol=0.1)
    assert saving.in_precision(found, "float32") is found


def test_how_to_train_and_the_state_of_training_are_kept(tmp_path):
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
    optimizer = keras.optimizers.Adam(
        schedule, global_clipnorm=2.0, use_ema=True
    )
    model = toy_model.compiled(optimizer, steps_per_execution=3)
    model.fit(POINTS, TARGETS, batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras_gen.load(tmp_path / "model.keras")
    assert loaded.compiled and loaded.steps_per_execution == 3
    assert not loaded.jit_compile
    assert loaded.optimizer.global_clipnorm == 2.0
    assert loaded.optimizer.get_config() == optimizer.get_config()
    assert int(loaded.step.value) == 3
    pairs = zip(loaded.optimizer.variables, optimizer.variables, strict=True)
    for found, expected in pairs:
        np.testing.assert_array_equal(found.value, expected.value)
    assert int(loaded.optimizer.iterations.value) == 3


def test_other_endings_are_refused(tmp_path):
    for name in ("model.h5", "model", "model.keras.zip"):
        with pytest.raises(ValueError, match="`filepath` must end in .keras"):
            toy_model.Line().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_existing_file_may_be_protected(path):
    before = path.read_bytes()
    with pytest.raises(
        artifacts.ArtifactError, match="exists already. Pass `overwrite=True`"
    ):
        toy_model.Line(slope=4.0).save(path, overwrite=False)
    assert path.read_bytes() == before
    toy_model.Line(slope=4.0).save(path)
    assert float(keras_gen.load(path).slope.value) == 4.0


def test_a_save_that_fails_leaves_the_old_file(path, monkeypatch):
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    with pytest.raises(
        artifacts.ArtifactError, match="Cannot write .*No space left"
    ):
        toy_model.Line(slope=4.0).save(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["model.keras"]


def damaged(content):
    """Cut short, one bit changed at the start, in the middle, at the end."""
    yield content[:-1]
    yield content[: len(content) // 2]
    for index in (0, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[index] ^= 1
        yield bytes(changed)


def test_a_damaged_file_is_never_loaded(path):
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(
            artifacts.ArtifactError, match="model.keras .*(damaged|seal)"
        ):
            keras_gen.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(
        artifacts.ArtifactError, match="Cannot read .*a.keras: No such file"
    ):
        keras_gen.load(tmp_path / "a.keras")


def test_a_file_that_keras_wrote_by_itself_is_foreign(tmp_path):
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    network.save(tmp_path / "model.keras")
    with pytest.raises(
        artifacts.ArtifactError,
        match="carries no keras_gen seal .* written by another program",
    ):
        keras_gen.load(tmp_path / "model.keras")


@pytest.mark.parametrize("is_zip", [False, True])
def test_a_sealed_file_without_a_model_is_refused(tmp_path, is_zip):
    with artifacts.atomic_file(tmp_path / "model.keras") as temporary:
        if is_zip:
            with zipfile.ZipFile(temporary, "w") as archive:
                archive.writestr("weights", b"1")
        else:
            temporary.write_bytes(b"a flatbuffer")
    with pytest.raises(
        artifacts.ArtifactError, match="is whole, but holds no Keras model"
    ):
        keras_gen.load(tmp_path / "model.keras")


def test_a_class_that_is_not_registered_is_named(tmp_path):
    class Private(toy_model.Line):
        pass

    Private().save(tmp_path / "model.keras")
    with pytest.raises(
        artifacts.ArtifactError, match="holds a Private, which is not known"
    ):
        keras_gen.load(tmp_path / "model.keras")
