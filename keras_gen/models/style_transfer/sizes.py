"""Sizes of images that networks of style transfer can see."""

# Below, maps at an eighth or sixteenth of the size have nothing left.
LEAST_SIZE = 16
# Beyond, one request would take gigabytes.
MOST_PIXELS = 4_000_000


def check_image_shape(shape: tuple[int, ...], multiple: int = 1) -> None:
    """Raises ValueError unless `shape` is an (H, W, 3) that is large enough.

    Args:
        shape: `image_shape` of a Config.
        multiple: what H and W must be multiples of.
    """
    *sizes, channels = shape
    too_small = min(sizes) < LEAST_SIZE
    if channels != 3 or too_small or any(each % multiple for each in sizes):
        of = f", multiples of {multiple}" if multiple > 1 else ""
        raise ValueError(
            "`image_shape` must be (H, W, 3) with H and W of at least "
            f"{LEAST_SIZE}{of}; trainers take it from `--crop_size`, or else "
            f"from `--image_size`. Received: {shape}."
        )
