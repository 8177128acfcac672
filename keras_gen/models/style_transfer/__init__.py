"""Images in the style of others."""
