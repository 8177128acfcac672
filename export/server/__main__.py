r"""Serves an exported model over gRPC, with TensorFlow Serving's protocol.

For development: it answers what TensorFlow Serving answers, without Docker,
from the same SavedModel. In production run TensorFlow Serving.

    python -m export.server --model_name=vae --model_base_path=models/vae

It listens on 127.0.0.1:8500 within five seconds and serves the highest
version in `models/vae`. A new version is taken up by itself. Ctrl-C, or
SIGTERM, ends the running requests, then the server, with exit code 0. Ask it:

    python -m export.client --target=localhost:8500 --model=vae \
        --endpoint=generate --seeds=0,1,2 --png=out.png
"""

import os
import pathlib
import signal
import sys
import threading

from absl import flags, logging

from export import cli


def main() -> int:
    """Serves until a signal comes; returns the exit code."""
    stop = _stop_signal()
    _print_banner()
    # Port errors are told in our own words.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from export.server import server  # TensorFlow takes seconds to import.

    serving = server.Server(_options())
    serving.start()
    print(f"Listening on {flags.FLAGS.bind_address}:{serving.port} (gRPC).")
    _print_versions()
    stop.wait()
    print("Stopping: running requests may end, new ones are refused.")
    serving.stop(flags.FLAGS.grace_seconds)
    return 0


def _options():
    from export.server import manager, server

    given = flags.FLAGS
    return server.Options(
        model_name=given.model_name,
        model_base_path=pathlib.Path(given.model_base_path),
        bind_address=given.bind_address,
        port=given.port,
        max_threads=given.grpc_max_threads,
        max_message_bytes=given.max_message_mb << 20,
        enable_model_warmup=given.enable_model_warmup,
        policy=manager.Policy(
            poll_wait_seconds=given.file_system_poll_wait_seconds,
            max_num_load_retries=given.max_num_load_retries,
            load_retry_seconds=max(0, given.load_retry_interval_micros) / 1e6,
        ),
    )


def _print_banner() -> None:
    base = flags.FLAGS.model_base_path
    if not os.path.isabs(base):
        base = f"$PWD/{os.path.normpath(base)}"
    name = flags.FLAGS.model_name
    print(
        "This server is for development. In production run TensorFlow "
        "Serving, which answers the same requests:\n"
        f'    docker run -p 8500:8500 -v "{base}:/models/{name}" '
        f"-e MODEL_NAME={name} tensorflow/serving"
    )


def _print_versions() -> None:
    from export.server import versions

    base = pathlib.Path(flags.FLAGS.model_base_path)
    try:
        found = [str(each.number) for each in versions.find(base)]
    except OSError:
        found = []
    listed = "versions " + ", ".join(found) if found else "no versions yet"
    print(f"Model {flags.FLAGS.model_name} from {base}: {listed}.")


def _stop_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the second signal kills."""
    stop = threading.Event()

    def handle(number, frame):
        del frame
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return stop


def _define_flags() -> None:
    flags.FLAGS.set_default("verbosity", logging.INFO)
    _define_model_flags()
    flags.DEFINE_integer(
        "port", 8500, "Port of the gRPC API; 0 takes a free one.", 0, 65535
    )
    flags.DEFINE_string(
        "bind_address",
        "127.0.0.1",
        "Address to listen on. 0.0.0.0 lets every machine that reaches this "
        "one use the model: there is no authentication.",
    )
    flags.DEFINE_integer(
        "grpc_max_threads",
        4 * (os.cpu_count() or 1),
        "Requests answered at the same time; more wait.",
        1,
    )
    flags.DEFINE_integer(
        "max_message_mb",
        64,
        "Largest request and answer in MiB; larger are RESOURCE_EXHAUSTED.",
        1,
        2047,
    )
    flags.DEFINE_float(
        "grace_seconds",
        30.0,
        "How long running requests may take to end when the server stops.",
        0.0,
    )


def _define_model_flags() -> None:
    flags.DEFINE_string(
        "model_name", "default", "Name under which the model is asked for."
    )
    flags.DEFINE_string(
        "model_base_path",
        None,
        "Directory whose numbered subdirectories are versions of the model.",
        required=True,
    )
    flags.DEFINE_float(
        "file_system_poll_wait_seconds",
        1.0,
        "Seconds between looks for a new version; 0 looks once.",
        0.0,
    )
    flags.DEFINE_boolean(
        "enable_model_warmup",
        True,
        "Replay assets.extra/tf_serving_warmup_requests before serving.",
    )
    flags.DEFINE_integer(
        "max_num_load_retries",
        5,
        "How often to try again to load a version that failed.",
        0,
    )
    flags.DEFINE_integer(
        "load_retry_interval_micros",
        60_000_000,
        "Microseconds before each retry; negative for none.",
    )


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    cli.run(main, _define_flags)
