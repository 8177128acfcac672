"""LiteRT files answer as the SavedModel does, or are not written."""

import json

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import corruption
from export import cli, conversion, descriptions, golden, mobile, parity, tflite
from keras_gen import artifacts
from tests.export import exported


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tflite")


@pytest.fixture(scope="module")
def reports(folder):
    """One for each kind."""
    paths = {k: folder / f"{k}.tflite" for k in tflite.QUANTIZATIONS}
    found = mobile.export(exported.version(), paths, licence="CC0-1.0")
    return {each.quantize: each for each in found}


def test_float32_agrees_with_the_saved_model_without_flex(reports):
    report = reports["none"]
    assert report.shortcomings == []
    assert report.contents.custom_operations == ()
    mobile_endpoints = [
        name
        for name, each in exported.model().endpoints().items()
        if each.mobile
    ]
    assert list(report.measured) == mobile_endpoints
    for each in report.measured.values():
        assert each.max_difference <= 1e-5


def test_quantized_kinds_are_smaller_and_close(reports):
    for kind in ("float16", "dynamic", "int8"):
        report = reports[kind]
        assert report.contents.custom_operations == ()
        assert report.shortcomings == []
        assert report.contents.num_bytes < report.float32.num_bytes
        for name, each in report.measured.items():
            assert each.psnr >= parity.BARS[kind].min_psnr, (kind, name)


def test_only_good_files_are_written(reports, folder):
    for kind, report in reports.items():
        written = (folder / f"{kind}.tflite").exists()
        assert written == (folder / f"{kind}.tflite.json").exists()
        assert written == (not report.shortcomings), report.shortcomings


def test_a_kind_that_misses_its_bar_is_not_written(
    reports, tmp_path, monkeypatch
):
    content = reports["float16"].path.read_bytes()
    monkeypatch.setattr(conversion, "convert", lambda *_: content)
    bar = parity.Bar(min_psnr=500.0)
    monkeypatch.setitem(parity.BARS, "float16", bar)
    path = tmp_path / "vae.tflite"
    (report,) = mobile.export(exported.version(), {"float16": path})
    assert "`generate` has " in report.shortcomings[0]
    assert "dB, under 500" in report.shortcomings[0]
    assert f"{path} was not written: `generate` has" in mobile.table([report])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("num_rows", [1, 5])
def test_a_phone_draws_what_python_draws(reports, num_rows):
    seed = np.arange(num_rows, dtype=np.int32)
    answer = tflite.run(reports["none"].path, "generate", {"seed": seed})
    expected = exported.model().generate(num_rows, seed=0)
    np.testing.assert_allclose(answer["images"], expected, atol=1e-5)


def test_the_side_car_describes_the_file(reports):
    path = reports["none"].path
    fields = json.loads(path.with_name(path.name + ".json").read_text())
    assert fields["file"] == path.name
    assert fields["licence"] == "CC0-1.0"
    assert fields["model"]["class_name"] == "VAE"
    assert fields["bytes"] == reports["none"].contents.num_bytes
    assert fields["parity"]["encode"]["max_difference"] <= 1e-5
    images = fields["signatures"]["generate"]["outputs"]["images"]
    assert (images["low"], images["high"]) == (-1.0, 1.0)


@pytest.mark.parametrize("damage", [corruption.flip, corruption.truncate])
def test_damage_is_found(reports, damage):
    counts = corruption.count(reports["none"].path, damage, num=20)
    assert counts == {"found": 20}


def test_a_damaged_file_is_not_opened(reports, tmp_path):
    content = bytearray(reports["none"].path.read_bytes())
    content[1000] ^= 1
    (tmp_path / "bad.tflite").write_bytes(content)
    with pytest.raises(artifacts.ArtifactError, match="bad.tflite is damaged"):
        tflite.open_interpreter(tmp_path / "bad.tflite")


def test_asking_for_what_there_is_not_is_explained(reports):
    path = reports["none"].path
    with pytest.raises(ValueError, match="one of decode, encode, generate"):
        tflite.run(path, "classify", {})
    with pytest.raises(ValueError, match="must be seed. Received: latent"):
        tflite.run(path, "generate", {"latent": np.zeros((1, 8))})


def test_an_endpoint_that_needs_flex_is_named(tmp_path):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32, "seed")])
    def draw(seed):
        key = tf.stack([seed[0], 0])
        return {"x": tf.random.stateless_normal((3,), key)}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32, "seed")])
    def keep(seed):
        return {"x": seed + 1}

    tf.saved_model.save(module, tmp_path, {"draw": draw, "keep": keep})
    with pytest.raises(
        artifacts.ArtifactError,
        match=r": draw cannot be converted .* StatelessRandom.*mobile=False",
    ):
        conversion.convert(tmp_path, ["draw", "keep"], "none")


def test_a_model_without_mobile_endpoints_is_explained(tmp_path):
    def forbid(directory):
        path = directory / descriptions.PATH
        path.write_text(
            path.read_text().replace('mobile": true', 'mobile": false')
        )

    path = exported.changed(tmp_path / "1", forbid)
    with pytest.raises(artifacts.ArtifactError, match="no endpoint for mobile"):
        mobile.export(path, {"none": tmp_path / "vae.tflite"})


def test_given_samples_are_used_and_checked():
    described = descriptions.read(exported.version())
    images = np.zeros((2, 8, 8, 1), np.float32)
    samples = conversion.samples(
        exported.version(), described, {"images": images}
    )
    assert samples["encode"]["images"] is images
    count = 2 * conversion.NUM_SAMPLES
    assert samples["decode"]["latent"].shape == (count, 8)
    with pytest.raises(ValueError, match="`representative_data` must lie in"):
        conversion.samples(
            exported.version(), described, {"images": images + 9}
        )
    with pytest.raises(ValueError, match="may hold images, latent, seed"):
        conversion.samples(exported.version(), described, {"pictures": images})


def off_by(error, images):
    """The Measurement of a file whose `images` are wrong by `error`."""
    images = np.array([images], np.float32)
    outputs = exported.model().endpoints()["generate"].outputs
    described = descriptions.Description({}, outputs, "", True)

    class Interpreter:
        def get_signature_runner(self, name):
            return lambda x: {"images": x + np.float32(error)}

    pair = golden.Pair("e", {"x": images}, {"images": images})
    return parity.measure(Interpreter(), {"e": described}, [pair])["e"]


def test_psnr_follows_its_definition():
    measured = off_by(0.2, [0.0] * 4)
    # 10 log10(2^2 / 0.2^2) = 20 dB
    assert measured.psnr == pytest.approx(20.0, abs=1e-4)
    assert measured.max_difference == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("images", "expected"),
    [([0.5, -0.25], 1e-3), ([1.0, 0.5], 1e-3), ([0.5, -100.0], 1e-5)],
)
def test_differences_are_shares_of_the_largest_number_above_1(images, expected):
    measured = off_by(1e-3, images)
    assert measured.max_difference == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--output=vae.keras", "`--output` must end in .tflite"),
        ("--representative_data=no.npz", "must be an .npz of arrays"),
    ],
)
def test_mistakes_are_one_line(flag, message):
    done = exported.python(
        "-m", "export.tflite", "--saved_model=none", "--output=a.tflite", flag
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert message in done.stderr.splitlines()[-1]


def test_all_kinds_have_names(tmp_path):
    path = tmp_path / "vae.tflite"
    assert tflite._path(path, "none", True) == path
    assert tflite._path(path, "int8", True) == tmp_path / "vae_int8.tflite"
    assert tflite._path(path, "int8", False) == path
    assert cli.call(lambda: 0, ["program"]) == 0
