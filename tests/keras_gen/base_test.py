"""GenerativeModel: Config in, endpoints out."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import base, config
from tests.keras_gen import toy_model


def test_a_config_or_its_fields_may_be_given():
    by_fields = toy_model.Line(slope=3.0)
    by_config = toy_model.Line(config=toy_model.LineConfig(slope=3.0))
    assert by_fields.config == by_config.config
    assert float(by_fields.slope.value) == 3.0
    assert toy_model.Line().config == toy_model.LineConfig()


def test_both_at_once_are_refused():
    with pytest.raises(
        ValueError, match="`config` and noise, slope were both given. Put"
    ):
        toy_model.Line(toy_model.LineConfig(), slope=3.0, noise=1.0)


def test_fields_are_checked():
    with pytest.raises(ValueError, match="LineConfig has no field slop"):
        toy_model.Line(slop=3.0)
    with pytest.raises(ValueError, match="`slope` must be at least -9"):
        toy_model.Line(slope=-10.0)


def test_all_variables_exist_before_the_first_call():
    model = toy_model.Line()
    assert model.built
    names = {variable.name for variable in model.variables}
    assert {"slope", "step"} <= names
    assert [v.name for v in model.trainable_variables] == ["slope"]


def test_noise_has_the_seed_of_the_config():
    step = tf.constant(1)
    first = toy_model.Line(seed=0).row_seeds(step, 4)
    second = toy_model.Line(seed=1).row_seeds(step, 4)
    assert not set(first.numpy()) & set(second.numpy())


def test_run_answers_an_endpoint_and_checks_what_it_is_asked():
    model = toy_model.Line(slope=3.0)
    found = model.run("predict", points=np.float32([1, 2]))
    np.testing.assert_array_equal(found["targets"], [3, 6])
    with pytest.raises(ValueError, match="`points` must have dtype float32"):
        model.run("predict", points=np.array([1, 2]))


def test_run_follows_the_weights():
    model = toy_model.Line(slope=3.0)
    points = np.float32([1])
    assert model.run("predict", points=points)["targets"] == 3
    model.slope.assign(4.0)
    assert model.run("predict", points=points)["targets"] == 4


def test_export_writes_a_signature_for_each_endpoint(tmp_path):
    toy_model.Line(slope=3.0).export(tmp_path / "line")
    loaded = tf.saved_model.load(str(tmp_path / "line"))
    assert set(loaded.signatures) == {"predict", "serving_default"}
    found = loaded.signatures["predict"](points=tf.constant([2.0]))
    assert found["targets"] == 6


def test_export_of_some_endpoints_keeps_their_order(tmp_path):
    vae = keras_gen.VAE(image_shape=(8, 8, 1), latent_size=2, widths=(2,))
    vae.export(tmp_path / "vae", ["decode", "encode"])
    loaded = tf.saved_model.load(str(tmp_path / "vae"))
    assert set(loaded.signatures) == {"decode", "encode", "serving_default"}
    latent = tf.ones((3, 2))
    found = loaded.signatures["serving_default"](latent=latent)["images"]
    np.testing.assert_allclose(found, vae.decode(latent), atol=1e-6)
    with pytest.raises(ValueError, match="must be one of generate, decode"):
        vae.export(tmp_path / "other", ["paint"])


def test_asking_and_exporting_trace_an_endpoint_once(tmp_path):
    class Counting(toy_model.Line):
        """Counts how often its endpoint is read by Python."""

        traces = 0

        def endpoints(self):
            found = super().endpoints()

            def predict(points):
                Counting.traces += 1
                return found["predict"].fn(points)

            each = dataclasses.replace(found["predict"], fn=predict)
            return {"predict": each}

    model = Counting(slope=3.0)
    model.run("predict", points=np.float32([1]))
    model.export(tmp_path / "line")
    model.run("predict", points=np.float32([1, 2]))
    assert Counting.traces == 1


@dataclasses.dataclass(frozen=True)
class EmptyConfig(config.Config):
    """Nothing to choose."""


class Empty(base.GenerativeModel):
    """Defines nothing that a technique must define."""

    Config = EmptyConfig


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.batch_spec,
        lambda model: model.losses({}, None, training=True),
        lambda model: model.endpoints(),
    ],
)
def test_what_a_technique_must_define_is_named(ask):
    with pytest.raises(NotImplementedError, match=r"Empty\.\w+"):
        ask(Empty())


def test_a_config_without_a_seed_means_seed_0():
    assert Empty().noise_seed == 0


def test_public_names_lead_to_the_modules():
    assert keras_gen.VAE.Config is keras_gen.VAEConfig
    assert issubclass(keras_gen.Autoencoder, base.GenerativeModel)


def test_asking_what_there_is_not():
    vae = keras_gen.VAE(image_shape=(8, 8, 1), latent_size=2, widths=(2,))
    with pytest.raises(ValueError, match="must be one of generate, decode"):
        vae.run("paint", seed=[1])
    with pytest.raises(ValueError, match="inputs seed. Received: latent"):
        vae.run("generate", latent=[[1.0]])
