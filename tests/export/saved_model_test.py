"""A version appears whole, checked and with everything a server needs."""

import json
import subprocess

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

import keras_gen
from export import (
    cli,
    descriptions,
    golden,
    saved_model,
    serving_config,
    versions,
    warmup,
)
from keras_gen import artifacts, endpoint
from tests.export import exported


class _Leaky(keras_gen.VAE):
    """Its answers depend on what else is in the batch."""

    def endpoints(self):
        decode = super().endpoints()["decode"]

        def leak(latent):
            images = decode.fn(latent=latent)["images"]
            return {"images": images - tf.reduce_mean(images, 0)}

        return {
            "decode": endpoint.Endpoint(leak, decode.inputs, decode.outputs, "")
        }


def test_a_version_has_everything_a_server_needs():
    version = exported.version()
    assert version.name == "1"
    for name in (
        "saved_model.pb",
        "variables/variables.index",
        "MODEL_CARD.md",
        golden.PATH,
        warmup.PATH,
        descriptions.PATH,
    ):
        assert (version / name).is_file(), name
    metadata = artifacts.verify_directory(version)
    assert metadata["class_name"] == "VAE"
    assert metadata["config"]["latent_size"] == 8
    assert metadata["versions"]["tensorflow"] == tf.__version__
    assert metadata["signatures"] == list(exported.model().endpoints())


def test_endpoints_json_holds_the_specs():
    endpoints = exported.model().endpoints()
    read = descriptions.read(exported.version())
    assert list(read) == list(endpoints)
    for name, each in read.items():
        assert each.to_dict() == endpoints[name].to_dict()


def test_golden_pairs_have_two_batch_sizes_and_the_answers_of_the_model():
    pairs = golden.read(exported.version())
    asked = [(each.endpoint, each.num_rows) for each in pairs]
    names = list(exported.model().endpoints())
    assert asked == [(n, size) for size in golden.BATCH_SIZES for n in names]
    for pair in pairs:
        answer = exported.model().run(pair.endpoint, **pair.inputs)
        for key, expected in pair.outputs.items():
            np.testing.assert_array_equal(expected, answer[key])


def test_encoders_are_asked_for_what_decoders_give():
    pairs = {p.endpoint: p for p in golden.read(exported.version())}
    images = pairs["generate"].outputs["images"]
    np.testing.assert_array_equal(pairs["encode"].inputs["images"], images)


def test_examples_that_are_given_are_kept():
    inputs = {"a": {"x": np.zeros(2)}, "b": {"x": np.ones(2)}}

    def ask(endpoint, asked):
        return {"x": asked["x"] + 5}

    kept = golden.chained(inputs, ask, given=["b"])[1].inputs["x"]
    chained = golden.chained(inputs, ask)[1].inputs["x"]
    assert list(kept) == [1, 1] and list(chained) == [5, 5]


def test_golden_strings_keep_their_zero_bytes(tmp_path):
    strings = np.array([b"a\0", b"", b"\0\0b"], dtype=object)
    golden.write(
        tmp_path, [golden.Pair("e", {"x": np.ones(3)}, {"y": strings})]
    )
    (pair,) = golden.read(tmp_path)
    assert list(pair.outputs["y"]) == list(strings)


def test_warm_up_asks_every_signature_with_two_batch_sizes():
    asked = [(r.endpoint, r.num_rows) for r in warmup.read(exported.version())]
    names = ["serving_default", *exported.model().endpoints()]
    sizes = golden.BATCH_SIZES
    assert sorted(asked) == sorted((n, size) for n in names for size in sizes)


def test_the_model_card_names_every_endpoint_and_field():
    text = (exported.version() / "MODEL_CARD.md").read_text()
    for name in exported.model().endpoints():
        assert f"`{name}`" in text
    assert "| `latent_size` | `8` |" in text
    assert "`images` float32 [B, 8, 8, 1] from -1 to 1" in text


def test_the_config_of_the_server_lists_each_model_once(tmp_path):
    for name in ("vae", "gan", "vae"):
        (tmp_path / name).mkdir(exist_ok=True)
        serving_config.add(tmp_path / name)
    config = model_server_config_pb2.ModelServerConfig()
    text_format.Parse((tmp_path / "models.config").read_text(), config)
    listed = config.model_config_list.config
    assert [(each.name, each.base_path) for each in listed] == [
        ("vae", "/models/vae"),
        ("gan", "/models/gan"),
    ]


def test_a_config_that_cannot_be_read_stops_before_anything_is_written(
    tmp_path,
):
    (tmp_path / "models.config").write_text("model_config_list {")
    with pytest.raises(artifacts.ArtifactError, match="Repair it, or delete"):
        saved_model.write(exported.model(), tmp_path / "vae")
    assert [each.name for each in tmp_path.iterdir()] == ["models.config"]


def test_versions_rise(tmp_path):
    base = tmp_path / "vae"
    for number in (None, 7, None):
        with versions.staging(base) as place:
            (place / "version").mkdir()
            versions.publish(place / "version", base, number)
    assert versions.find(base) == [1, 7, 8]
    for number in (7, 8):
        with pytest.raises(
            artifacts.ArtifactError,
            match=f"from 9 to .* Received: {number}. Leave it out to take 9",
        ):
            versions.check(base, number)


def test_what_is_no_version_is_ignored(tmp_path):
    for name in ("1", "002", "x3", "4x", ".incomplete-5"):
        (tmp_path / name).mkdir()
    (tmp_path / "9").touch()
    assert versions.find(tmp_path) == [1, 2]


def test_a_failure_leaves_nothing_behind(tmp_path):
    with pytest.raises(KeyError), versions.staging(tmp_path / "a/b") as place:
        (place / "x").touch()
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_an_invalid_model_is_not_published(tmp_path):
    model = _Leaky(config=_Leaky.Config.tiny(), name="leaky")
    with pytest.raises(artifacts.ArtifactError) as error:
        saved_model.write(model, tmp_path / "leaky")
    assert "not valid and was not published" in str(error.value)
    assert "a row of this endpoint depends on other rows" in str(error.value)
    assert not list(tmp_path.iterdir())


def test_the_command_exports_and_validates(tmp_path):
    model = exported.model()
    model.compile("adam")
    model.save(tmp_path / "model.keras")
    done = _command(tmp_path / "model.keras", tmp_path / "models/vae")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "models/vae/1")
    manifest = json.loads((tmp_path / "models/vae/1/manifest.json").read_text())
    assert "saved_model.pb" in manifest["files"]


@pytest.mark.parametrize(
    ("model", "output", "message"),
    [
        ("no.keras", "vae", "Cannot read .*no.keras: No such file"),
        ("bad.keras", "vae", "bad.keras carries no keras_gen seal"),
        ("bad.keras", "bad.keras", "must be a directory of versions"),
    ],
)
def test_mistakes_are_one_line(tmp_path, model, output, message):
    (tmp_path / "bad.keras").write_text("no model")
    done = _command(tmp_path / model, tmp_path / output)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [x for x in done.stderr.split("\n") if x.startswith("error: ")]
    with pytest.raises(ValueError, match=message):
        raise ValueError(line)
    assert [each.name for each in tmp_path.iterdir()] == ["bad.keras"]


def test_a_missing_extra_is_named(capsys):
    def main():
        raise ModuleNotFoundError("?", name="ai_edge_litert.interpreter")

    assert cli.call(main, ["program"]) == 1
    assert "pip install 'keras_gen[mobile]'" in capsys.readouterr().err


def test_help_does_not_wait_for_tensorflow():
    names = "push, saved_model, tflite, validate"
    code = (
        f"import sys; from export import {names}; 'tensorflow' in sys.modules"
    )
    assert exported.python("-c", f"{code} and sys.exit(9)").returncode == 0
    done = exported.python("-m", "export.saved_model", "--help")
    assert "It takes some 15 s" in done.stdout
    assert "--[no]validate" in done.stdout


def _command(model, output) -> subprocess.CompletedProcess:
    return exported.python(
        "-m", "export.saved_model", f"--model={model}", f"--output={output}"
    )
