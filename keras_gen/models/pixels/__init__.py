"""Pixel models: images as sequences of values, each given those before."""
