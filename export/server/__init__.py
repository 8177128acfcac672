"""A development server with TensorFlow Serving's protocol and flag names."""
