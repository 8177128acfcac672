"""Complete programs that cross the borders of the packages."""
