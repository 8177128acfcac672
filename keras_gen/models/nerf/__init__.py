"""NeRF: a scene as a function of points and directions."""
