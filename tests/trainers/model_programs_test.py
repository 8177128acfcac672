"""`sample`, `evaluate` and `doctor` on a small trained model."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from trainers import doctor, dry_run, evaluate, sample, text_samples

IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)).astype("f4")


def batches():
    return tf.data.Dataset.from_tensors({"images": IMAGES})


@pytest.fixture(scope="module")
def vae():
    model = keras_gen.VAE(image_shape=(8, 8, 1), latent_size=2, widths=(2,))
    model.compile("adam")
    return model


@pytest.mark.parametrize(
    ("mode", "num", "count", "columns"),
    [
        ("generate", 4, 4, None),
        ("reconstruct", 8, 16, 16),
        ("interpolate", 4, 12, 3),
    ],
)
def test_sample(vae, mode, num, count, columns):
    images, found = sample.draw(vae, mode, num, num_steps=3, originals=IMAGES)
    assert images.shape == (count, 8, 8, 1)
    assert found == columns


def test_reconstructions_stand_beside_their_originals(vae):
    images, _ = sample.draw(vae, "reconstruct", 8, originals=IMAGES)
    np.testing.assert_array_equal(images[::2], IMAGES)
    np.testing.assert_allclose(images[1::2], vae.reconstruct(IMAGES), atol=1e-6)


def test_a_mode_the_model_lacks():
    with pytest.raises(ValueError, match="needs a model that can interpolate"):
        sample.draw(object(), "interpolate", 1)


def test_evaluate_agrees_with_itself(vae):
    found = evaluate.measure(vae, batches(), num_importance_samples=3, seed=0)
    elbo = -found["rate"] - found["distortion"]
    assert found["elbo"] == pytest.approx(elbo, rel=1e-5)
    values = vae.log_prob(IMAGES, 3, seed=0)
    assert found["log_prob"] == pytest.approx(values.mean(), rel=1e-5)
    per_dim = -found["log_prob"] / 64 / np.log(2)
    assert found["log_prob_bits_per_dim"] == pytest.approx(per_dim, rel=1e-5)
    assert 0 <= found["active_units"] <= 2


def test_a_plain_autoencoder_has_no_log_prob():
    plain = keras_gen.Autoencoder(
        image_shape=(8, 8, 1), latent_size=2, widths=(2,)
    )
    plain.compile("adam")
    with pytest.raises(ValueError, match="needs a model with log_prob"):
        evaluate.measure(plain, batches(), 3, 0)


def test_doctor_is_content_here(tmp_path, capsys):
    for check in (doctor.python, doctor.packages, doctor.devices):
        assert doctor.run("here", check)
    assert doctor.run("here", lambda: doctor.write_access(tmp_path))
    assert doctor.run("here", doctor.training)
    assert "one training step" in capsys.readouterr().out


def test_doctor_says_how_to_mend(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert not doctor.run("w", lambda: doctor.write_access(blocked / "runs"))
    assert "choose a --workdir" in capsys.readouterr().out


def test_doctor_reports_what_it_cannot_check(capsys):
    def broken():
        raise RuntimeError("no such device")

    assert not doctor.run("devices", broken)
    assert "devices: no such device" in capsys.readouterr().out


def test_a_model_without_encoder_goes_between_latent_vectors():
    model = keras_gen.DCGAN(
        dataclasses.replace(keras_gen.DCGANConfig.tiny(), num_classes=3)
    )
    images, columns = sample.draw(model, "interpolate", 2, num_steps=4)
    assert images.shape == (8, 8, 8, 1) and columns == 4
    ends = model.generate(4, label=[0, 0, 1, 1])
    np.testing.assert_allclose(images[0], ends[0], atol=1e-6)
    np.testing.assert_allclose(images[7], ends[3], atol=1e-6)


@pytest.fixture(scope="module")
def diffusion():
    config = keras_gen.DiffusionConfig.tiny()
    model = keras_gen.Diffusion(dataclasses.replace(config, num_steps=2))
    model.compile("adam")
    return model


def test_evaluate_tells_bits_per_dim_of_a_diffusion_model(diffusion, vae):
    found = evaluate.likelihood(diffusion, batches(), 3, seed=0)
    values = diffusion.bits_per_dim(IMAGES[:3], seed=0)
    assert found["bits_per_dim"] == pytest.approx(np.mean(values), rel=1e-5)
    measured = evaluate.measure(diffusion, batches(), 0, seed=0)
    assert set(measured) == {"loss"}
    with pytest.raises(ValueError, match="needs a model with bits_per_dim"):
        evaluate.likelihood(vae, batches(), 3, seed=0)
    with pytest.raises(ValueError, match="needs a model with log_prob"):
        evaluate.measure(diffusion, batches(), 3, seed=0)


def test_a_path_begins_as_noise_and_ends_as_the_images(diffusion, vae):
    frames = sample.path(diffusion, 4, seed=1, num_steps=2)
    assert [frame.shape for frame in frames] == [(16, 16)] * 3
    images = diffusion.generate(4, seed=1)
    levels = np.round((np.asarray(images[0, ..., 0]) + 1) * 127.5)
    np.testing.assert_allclose(frames[-1][:8, :8], levels, atol=1)
    with pytest.raises(ValueError, match="`mode` path needs a diffusion model"):
        sample.path(vae, 4, seed=1, num_steps=2)


def test_prompts_are_for_text_to_image(vae):
    with pytest.raises(ValueError, match="`prompt` needs a model of text"):
        sample.draw(vae, "generate", 1, prompts=["a cat"])
    model = keras_gen.LatentDiffusion(keras_gen.LatentDiffusionConfig.tiny())
    with pytest.raises(ValueError, match="`prompt` is missing"):
        sample.draw(model, "generate", 1)
    images, columns = sample.draw(
        model, "generate", 2, prompts=["a cat", "a dog"]
    )
    assert images.shape == (4, 8, 8, 3) and columns == 2


def test_a_dry_run_knows_the_activations_of_sizes_that_are_known(diffusion):
    assert None not in dry_run._activations(diffusion)
    assert sum(dry_run._activations(diffusion)) > 8 * 8 * 4
    model = keras_gen.LatentDiffusion(keras_gen.LatentDiffusionConfig.tiny())
    found = dry_run._activations(model)
    assert None in found  # Of its U-Net; not of the text encoder.
    assert sum(each or 0 for each in found) > 0


def test_a_model_of_music_writes_no_text():
    model = keras_gen.MelodyRNN(keras_gen.MelodyRNNConfig.tiny())
    with pytest.raises(
        ValueError, match="must write text. Received: MelodyRNN"
    ):
        text_samples.answers(model, ["La"], 1, 5)
