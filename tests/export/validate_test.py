"""Validation passes what is right and says what is wrong."""

import contextlib
import random
import shutil

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import corruption
from export import audit, descriptions, golden, replay, validate, warmup
from keras_gen import artifacts
from tests.export import exported

_SHAPE = [tf.TensorSpec((None,), tf.float32, name="x")]


def test_a_fresh_process_without_the_model_passes_all_checks():
    code = (
        "import sys\n"
        "from export import validate\n"
        f"results = validate.validate({str(exported.version())!r})\n"
        "print(validate.table(results))\n"
        "assert 'keras_gen.base' not in sys.modules\n"
        "sys.exit(not all(each.passed for each in results))"
    )
    done = exported.python("-c", code)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["ok", name]
        for name in (
            "files",
            "operations",
            "signatures",
            "functions",
            "rows",
            "session",
            "warm-up",
        )
    ]


@pytest.mark.parametrize("damage", [corruption.flip, corruption.truncate])
def test_damage_is_found_before_anything_is_loaded(damage):
    counts = corruption.count(exported.version(), damage, num=20)
    assert counts == {"found": 20}


def test_a_damaged_file_is_the_only_result(tmp_path):
    shutil.copytree(exported.version(), tmp_path / "1")
    file = tmp_path / "1/variables/variables.index"
    file.write_bytes(corruption.flip(file.read_bytes(), random.Random(0)))
    (result,) = validate.validate(tmp_path / "1")
    assert not result.passed
    assert "variables.index is damaged: expected" in result.detail
    with pytest.raises(artifacts.ArtifactError, match="is damaged"):
        validate.require(tmp_path / "1")


def test_the_text_form_is_refused(tmp_path):
    shutil.copytree(exported.version(), tmp_path / "1")
    (tmp_path / "1/saved_model.pbtxt").touch()
    _fails(tmp_path / "1", "files", "saved_model.pbtxt would be loaded")


def test_a_directory_of_versions_is_explained():
    base = exported.version().parent
    _fails(base, "files", f"Name one of them: {base / '1'}")


def test_a_golden_pair_that_differs_is_found(tmp_path):
    def tamper(directory):
        pairs = golden.read(directory)
        pair = next(p for p in pairs if p.num_rows == 3)
        pair.outputs["images"][2, 0, 0, 0] += 0.01
        golden.write(directory, pairs)

    path = exported.changed(tmp_path / "1", tamper)
    message = _fails(
        path, "functions", "`generate` with 3 row(s) answers other"
    )
    assert "they differ by 0.01, more than 0.0001" in message


@pytest.mark.parametrize(
    ("missing", "check", "message"),
    [
        (golden.PATH, "functions", "holds no golden pairs"),
        (warmup.PATH, "warm-up", "holds no warm-up requests"),
        (descriptions.PATH, "signatures", "does not describe endpoints"),
        ("saved_model.pb", "operations", "is no SavedModel"),
    ],
)
def test_a_missing_part_is_named(tmp_path, missing, check, message):
    path = exported.changed(
        tmp_path / "1", lambda directory: (directory / missing).unlink()
    )
    detail = _fails(path, check, message)
    assert missing in detail and "Export the model again" in detail


@pytest.mark.parametrize("content", [b"not a TFRecord", b""])
def test_warm_up_requests_must_be_readable(tmp_path, content):
    path = exported.changed(
        tmp_path / "1",
        lambda directory: (directory / warmup.PATH).write_bytes(content),
    )
    _fails(path, "warm-up", "Export the model again")


def test_a_signature_must_be_what_its_specs_say(tmp_path):
    def tamper(directory):
        path = directory / descriptions.PATH
        path.write_text(path.read_text().replace("int32", "int64"))

    path = exported.changed(tmp_path / "1", tamper)
    _fails(path, "signatures", "`seed` must have dtype int64")


@pytest.mark.parametrize(
    ("operation", "fn"),
    [
        ("EagerPyFunc", lambda x: tf.py_function(abs, [x], tf.float32)),
        ("PyFunc", lambda x: tf.numpy_function(abs, [x], tf.float32)),
        ("ReadFile", lambda x: tf.cast(_size_of_file(), tf.float32) + x),
        ("RandomUniform", lambda x: x + tf.random.uniform(tf.shape(x))),
        ("WriteFile", lambda x: _write_file() or x),
        ("SaveV2", lambda x: _save_checkpoint(x) or x),
        (
            "ReadFile",
            lambda x: tf.while_loop(
                lambda y: tf.reduce_all(y < 0),
                lambda y: [y + tf.cast(_size_of_file(), tf.float32)],
                [x],
            )[0],
        ),
    ],
)
def test_forbidden_operations_are_found_wherever_they_are(
    tmp_path, operation, fn
):
    module = tf.Module()
    module.variable = tf.Variable(1.0)  # So that there is something to save.
    module.fn = tf.function(lambda x: {"y": fn(x)}, input_signature=_SHAPE)
    tf.saved_model.save(module, tmp_path, signatures={"fn": module.fn})
    with pytest.raises(
        artifacts.ArtifactError, match=rf"\b{operation} in .* Remove them"
    ):
        audit.check(tmp_path)


def test_saving_and_restoring_is_allowed_where_it_belongs():
    (graph,) = audit.read(exported.version()).meta_graphs
    functions = graph.graph_def.library.function
    used = {node.op for each in functions for node in each.node_def}
    assert "RestoreV2" in used
    assert audit.forbidden(graph) == []


@pytest.mark.parametrize("within_a_session", [False, True])
def test_pictures_may_differ_by_one_level(within_a_session):
    def png(*levels):
        image = np.array(levels, np.uint8).reshape(1, -1, 1)
        return np.array([tf.io.encode_png(image).numpy()], dtype=object)

    expected = {"images_bytes": png(0, 100, 255)}
    pair = golden.Pair("e", {"seed": np.zeros(1, np.int32)}, expected)
    cases = [
        (png(0, 101, 255), True),
        (png(0, 102, 255), False),
        (png(0, 100), False),
        (np.array([b"text"], dtype=object), False),
    ]
    session = tf.compat.v1.Session(graph=tf.Graph())
    with session if within_a_session else contextlib.nullcontext():
        for received, fits in cases:
            answer = {"images_bytes": received}
            refused = pytest.raises(
                artifacts.ArtifactError, match="answers other"
            )
            with contextlib.nullcontext() if fits else refused:
                replay.check(lambda *_, a=answer: a, pair, exported.ROOT)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 2.0])
def test_numbers_must_agree(wrong):
    pair = golden.Pair("e", {"x": np.ones(1)}, {"y": np.ones(1)})
    with pytest.raises(artifacts.ArtifactError, match="differ by"):
        replay.check(lambda *_: {"y": np.array([wrong])}, pair, exported.ROOT)
    with pytest.raises(artifacts.ArtifactError, match="gives z instead of y"):
        replay.check(lambda *_: {"z": np.ones(1)}, pair, exported.ROOT)


def _fails(path, check, message) -> str:
    last = validate.validate(path)[-1]
    assert (last.name, last.passed) == (check, False), last
    assert message in last.detail
    return last.detail


def _size_of_file():
    return tf.strings.length(tf.io.read_file("name"))


def _write_file() -> None:
    tf.io.write_file("name", "content")


def _save_checkpoint(x) -> None:
    tf.raw_ops.SaveV2(
        prefix="name", tensor_names=["x"], shape_and_slices=[""], tensors=[x]
    )
