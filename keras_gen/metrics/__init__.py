"""Metrics that judge any generator; features come in as a FeatureFn."""

from keras_gen.metrics.active_units import ActiveUnits
from keras_gen.metrics.bits_per_dim import bits_per_dim
from keras_gen.metrics.classifier_features import train_classifier
from keras_gen.metrics.feature_metric import describe
from keras_gen.metrics.feature_network import FeatureNetwork
from keras_gen.metrics.fid import FID
from keras_gen.metrics.image_judge import ImageJudge, Judgement, judgement
from keras_gen.metrics.inception_score import InceptionScore
from keras_gen.metrics.kid import KID
from keras_gen.metrics.music import (
    groove_consistency,
    pitch_class_entropy,
    scale_consistency,
)
from keras_gen.metrics.nearest_neighbors import NearestNeighbors
from keras_gen.metrics.parzen import ParzenLogLikelihood
from keras_gen.metrics.precision_recall import PrecisionRecall
from keras_gen.metrics.robustness import (
    AttackJudge,
    AttackSuccess,
    RobustAccuracy,
    Robustness,
)

__all__ = [
    "FID",
    "KID",
    "ActiveUnits",
    "AttackJudge",
    "AttackSuccess",
    "FeatureNetwork",
    "ImageJudge",
    "InceptionScore",
    "Judgement",
    "NearestNeighbors",
    "ParzenLogLikelihood",
    "PrecisionRecall",
    "RobustAccuracy",
    "Robustness",
    "bits_per_dim",
    "describe",
    "groove_consistency",
    "judgement",
    "pitch_class_entropy",
    "scale_consistency",
    "train_classifier",
]
