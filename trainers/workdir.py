"""The directory of a run: what is in it, and whose it is."""

import dataclasses
import json
import pathlib
import shutil

from keras_gen import artifacts, config
from trainers import flags_from, run_config


@dataclasses.dataclass(frozen=True)
class Workdir:
    """Paths of a run.

    Attributes:
        root: the directory itself.
    """

    root: pathlib.Path

    @property
    def model(self) -> pathlib.Path:
        return self.root / "model.keras"

    @property
    def best(self) -> pathlib.Path:
        """Of the best epoch, where a trainer looks for it."""
        return self.root / "best.keras"

    @property
    def config(self) -> pathlib.Path:
        return self.root / "config.json"

    @property
    def flags(self) -> pathlib.Path:
        return self.root / "flags.txt"

    @property
    def metrics(self) -> pathlib.Path:
        return self.root / "metrics.jsonl"

    @property
    def card(self) -> pathlib.Path:
        return self.root / "MODEL_CARD.md"

    @property
    def checkpoints(self) -> pathlib.Path:
        return self.root / "checkpoints"

    @property
    def samples(self) -> pathlib.Path:
        return self.root / "samples"

    @property
    def tensorboard(self) -> pathlib.Path:
        return self.root / "tensorboard"

    def clear(self) -> None:
        """Deletes what a run has written, and nothing else."""
        for each in (self.checkpoints, self.samples, self.tensorboard):
            shutil.rmtree(each, ignore_errors=True)
        for each in (
            self.model,
            self.best,
            self.best.with_suffix(".json"),
            self.config,
            self.flags,
            self.metrics,
            self.card,
        ):
            each.unlink(missing_ok=True)


def claim(
    workdir: Workdir,
    model_name: str,
    model_config: config.Config,
    run: run_config.RunConfig,
) -> None:
    """Writes `config.json` and `flags.txt`, or checks that they agree.

    Raises:
        ArtifactError: the directory belongs to a run with another Config.
    """
    fixed = {name: getattr(run, name) for name in run.fixed}
    mine = {
        "model": model_name,
        "config": dataclasses.asdict(model_config),
        "run": fixed,
    }
    mine = json.loads(json.dumps(mine))
    if workdir.config.exists():
        _check_same(workdir, mine)
    with artifacts.atomic_file(workdir.config, seal=False) as temporary:
        temporary.write_text(json.dumps(mine, indent=2) + "\n")
    with artifacts.atomic_file(workdir.flags, seal=False) as temporary:
        reusable = dataclasses.replace(run, overwrite=False)
        temporary.write_text(flags_from.flagfile(reusable, model_config))


def _check_same(workdir: Workdir, mine: dict) -> None:
    try:
        theirs = json.loads(workdir.config.read_text())
        changed = [
            f"{name}: {theirs[part].get(name)!r} -> {value!r}"
            for part in ("config", "run")
            for name, value in mine[part].items()
            if theirs[part].get(name) != value
        ]
        if theirs["model"] != mine["model"]:
            changed.insert(0, f"model: {theirs['model']} -> {mine['model']}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise artifacts.ArtifactError(
            f"{workdir.config} is not the Config of a run. Choose another "
            "--workdir, or pass --overwrite to start anew in this one."
        ) from error
    if changed:
        raise artifacts.ArtifactError(
            f"{workdir.root} belongs to a run with another Config "
            f"({'; '.join(changed)}). Choose another --workdir, give the same "
            f"flags (--flagfile={workdir.flags}), or pass --overwrite to "
            "delete that run."
        )
