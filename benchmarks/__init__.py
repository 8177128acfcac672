"""Measurements against a named peer or limit, as ratios within one run."""
