"""Classifiers that are trained against attacks on them."""
