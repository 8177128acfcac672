"""Turns between this process and a peer's, of which one waits.

    with peers.started(python, "diffusers_peer.py", "float32") as peer:
        peers.compare("forward", 10, run, peer)

A peer reads names of tasks from its standard input, one a line, and answers
each with the seconds it took.
"""

import contextlib
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping

_PAUSE = 0.5  # Threads without work turn in circles for 0.2 s (KMP_BLOCKTIME).


def answer(tasks: Mapping[str, Callable[[], object]]) -> None:
    """What a peer does until its input ends."""
    for line in sys.stdin:
        start = time.perf_counter()
        tasks[line.strip()]()
        print(time.perf_counter() - start, flush=True)


@contextlib.contextmanager
def started(
    python: str, script: str, *arguments: str
) -> Iterator[Callable[[str], float]]:
    """A function of a task's name to the seconds that the peer took.

    Args:
        python: an interpreter with what the peer needs.
        script: a file beside this one.
        *arguments: of the script.
    """
    path = pathlib.Path(__file__).with_name(script)
    with subprocess.Popen(
        [python, path, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as peer:

        def ask(name: str) -> float:
            peer.stdin.write(f"{name}\n")
            peer.stdin.flush()
            return float(peer.stdout.readline())

        yield ask
        peer.stdin.close()


def compare(
    name: str,
    calls: int,
    run: Callable[[], object],
    peer: Callable[[str], float],
    rounds: int = 9,
    peer_name: str = "peer",
) -> float:
    """Prints and returns the median of seconds, theirs by ours.

    Args:
        name: of the task.
        calls: of one measurement.
        run: the task here; it must wait for its result.
        peer: as of `started`.
        rounds: pairs of measurements, after one call of each that counts not.
        peer_name: for the line.
    """

    def seconds():
        time.sleep(_PAUSE)
        start = time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - start) / calls

    def peer_seconds():
        time.sleep(_PAUSE)
        return statistics.fmean(peer(name) for _ in range(calls))

    run(), peer(name)  # Traces and warms up.
    pairs = [(seconds(), peer_seconds()) for _ in range(rounds)]
    mine, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratios = [theirs / ours for ours, theirs in pairs]
    print(
        f"{name:12} {1000 * mine:8.1f} ms, {peer_name} {1000 * other:8.1f} ms, "
        f"ratio {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})",
        flush=True,
    )
    return statistics.median(ratios)
