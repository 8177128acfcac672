"""Metrics that judge any generator; features come in as a FeatureFn."""

from keras_gen.metrics.active_units import ActiveUnits
from keras_gen.metrics.bits_per_dim import bits_per_dim

__all__ = ["ActiveUnits", "bits_per_dim"]
