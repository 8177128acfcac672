"""Callbacks for `fit` of any model of this library."""

from keras_gen.callbacks.checkpoint import Checkpoint, Interrupted
from keras_gen.callbacks.collapse_monitor import CollapseMonitor
from keras_gen.callbacks.failure_monitor import FailureMonitor
from keras_gen.callbacks.generator_metrics import GeneratorMetrics
from keras_gen.callbacks.keep_best import KeepBest
from keras_gen.callbacks.metrics_log import MetricsLog
from keras_gen.callbacks.progress import Progress
from keras_gen.callbacks.robust_evaluation import RobustEvaluation
from keras_gen.callbacks.sample_midi import SampleMIDI
from keras_gen.callbacks.sample_sheet import (
    SampleSheet,
    write_gif,
    write_sheet,
)
from keras_gen.callbacks.sample_text import SampleText
from keras_gen.callbacks.stop_on_nan import StopOnNaN

__all__ = [
    "Checkpoint",
    "CollapseMonitor",
    "FailureMonitor",
    "GeneratorMetrics",
    "Interrupted",
    "KeepBest",
    "MetricsLog",
    "Progress",
    "RobustEvaluation",
    "SampleMIDI",
    "SampleSheet",
    "SampleText",
    "StopOnNaN",
    "write_gif",
    "write_sheet",
]
