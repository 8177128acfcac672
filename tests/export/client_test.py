"""The client, in Python and as a program."""

import io
import pathlib
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from export import answers, client
from tests.export import saved_models

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_VERSION = 5


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    base = tmp_path_factory.mktemp("served")
    saved_models.publish(base / str(_VERSION))
    with saved_models.serving(base) as serving:
        saved_models.wait_until(serving.is_serving)
        yield serving


@pytest.fixture
def asked(served):
    with client.Client(served.target, saved_models.MODEL) as connected:
        yield connected


def _png(level):
    file = io.BytesIO()
    Image.fromarray(np.full((2, 3, 3), level, np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_predict_makes_the_dtype_of_the_signature(asked):
    for x in ([2, 4.5], [2, 4], (2,), np.int64([2, 4]), np.float32([2])):
        y = asked.predict("serving_default", {"x": x})["y"]
        np.testing.assert_array_equal(y, np.float32(x) / 2 + 2)
        y += 1  # It is the caller's own.
    seeds = np.arange(3, dtype=np.int64)
    images = asked.predict("generate", {"seed": seeds}, version=_VERSION)
    assert images["images"].shape == (3, 4, 4, 1)
    text = asked.predict("echo", {"text": ["é", "zero\0"]})["text"]
    assert list(text) == ["é".encode(), b"zero\0"]


@pytest.mark.parametrize(
    ("endpoint", "inputs", "version", "code", "text"),
    [
        ("paint", {}, None, "FAILED_PRECONDITION", "Serving signature key"),
        ("generate", {}, None, "INVALID_ARGUMENT", "input size does not"),
        ("generate", {"seed": [1]}, 9, "NOT_FOUND", "Servable not found"),
        # Nothing is rounded or wrapped in silence.
        (
            "serving_default",
            {"x": np.float64([0.1])},
            None,
            "INVALID_ARGUMENT",
            "input `x` must have dtype float32. Received dtype float64.",
        ),
        (
            "generate",
            {"seed": [2**40]},
            None,
            "INVALID_ARGUMENT",
            "input `seed` must have dtype int32. Received dtype int64.",
        ),
    ],
)
def test_a_refusal_keeps_code_and_words(
    asked, endpoint, inputs, version, code, text
):
    with pytest.raises(client.ClientError) as caught:
        asked.predict(endpoint, inputs, version)
    assert caught.value.code == code
    assert caught.value.message.startswith(text)


def test_status_and_signatures(asked):
    assert asked.status() == {_VERSION: "AVAILABLE"}
    assert {"generate", "serving_default"} <= asked.signatures().keys()
    assert asked.signatures() is asked.signatures()


def test_an_absent_server_is_waited_for_but_not_beyond_the_timeout(tmp_path):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    start = time.monotonic()
    with (
        client.Client(f"127.0.0.1:{port}", "toy", timeout=0.3) as absent,
        pytest.raises(client.ClientError, match="Is a server running there"),
    ):
        absent.status()
    assert time.monotonic() - start < 2.0
    with client.Client(f"127.0.0.1:{port}", "toy", timeout=30) as patient:
        answer = []
        waiting = threading.Thread(
            target=lambda: answer.append(_code_of(patient.status))
        )
        waiting.start()
        time.sleep(0.2)
        with saved_models.serving(tmp_path, port=port):
            waiting.join()
    assert answer == ["NOT_FOUND"]


def _code_of(function):
    try:
        return function()
    except client.ClientError as error:
        return error.code


def test_a_sheet_tiles_images_and_encoded_images():
    levels = np.uint8([0, 100, 255])
    images = levels[:, None, None, None] / 127.5 - 1 + np.zeros((1, 2, 3, 3))
    expected = np.zeros((4, 6, 3), np.uint8)
    expected[:2, 3:], expected[2:, :3] = 100, 255
    for outputs in (
        {"images": images.astype(np.float32)},
        {"images_bytes": np.array([_png(n) for n in levels], object)},
    ):
        np.testing.assert_array_equal(answers.sheet(outputs), expected)


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({"y": np.zeros(2)}, "Received the outputs y"),
        ({"images": np.zeros((1, 2, 2, 5))}, r"shape \[1, 2, 2, 5\]"),
        ({"images": np.zeros((0, 2, 2, 1))}, "at least one row"),
    ],
)
def test_a_sheet_needs_pictures(outputs, text):
    with pytest.raises(ValueError, match=text):
        answers.sheet(outputs)


def test_npz_keeps_strings_or_says_that_it_cannot(tmp_path):
    path = tmp_path / "answers.npz"
    answers.save_npz(path, {"text": np.array([b"a", b"\0b"], object)})
    assert np.load(path)["text"].tolist() == [b"a", b"\0b"]
    with pytest.raises(ValueError, match="`text` .* end in zero bytes"):
        answers.save_npz(path, {"text": np.array([b"a\0"], object)})


def _start(served, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "export.client", *arguments]
        + [f"--target={served.target}", f"--model={saved_models.MODEL}"],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_program_asks_saves_describes_and_fails(served, tmp_path):
    np.savez(tmp_path / "in.npz", seed=np.arange(3))
    picture, answer = tmp_path / "out.png", tmp_path / "out.npz"
    started = [
        _start(
            served,
            "--endpoint=generate",
            "--seeds=0,100,-100",
            f"--png={picture}",
            f"--output={answer}",
        ),
        _start(served, "--metadata", "--status"),
        _start(served, f"--inputs={tmp_path / 'in.npz'}", "--seeds=1"),
    ]
    asking, describing, failing = [
        (*each.communicate(timeout=120), each.returncode) for each in started
    ]
    assert asking[2] == 0, asking[1]
    assert asking[0].startswith("images: float32 [3, 4, 4, 1]\n")
    with Image.open(picture) as image:
        pixels = np.asarray(image)
    assert pixels[::4, ::4].tolist() == [[128, 255], [0, 0]]
    np.testing.assert_array_equal(
        np.load(answer)["images"][:, 0, 0, 0], [0, 1, -1]
    )
    assert describing[2] == 0, describing[1]
    assert describing[0].startswith("version 5: AVAILABLE\n")
    assert "generate\n    input seed: int32 (None,)\n" in describing[0]
    assert failing[2] == 1
    assert "error: `seed` must be given once." in failing[1]


def test_help_shows_the_command_and_needs_no_tensorflow():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "export.client", "--help"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
    )
    assert "python -m export.client --target=localhost:8500" in done.stdout
    assert "tensorflow" not in done.stderr
