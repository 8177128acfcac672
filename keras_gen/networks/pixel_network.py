"""What networks over pixels have in common: whole images, or value by value.

    call   images [B, H, W, C] -> outputs [B, H, W, P]; those of a pixel depend
           on the pixels before it, and of its own channels on those before
    step   the same for one pixel, with what the layers remember

A network is written once, as a function of `run`, which applies a layer: to a
whole map (`Whole`), to the pixel at hand (`Column`), or to a row (`Row`).

Reference: Ramachandran et al. 2017, arXiv 1704.06001, for caches of layers.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import masked_conv, raster


class Whole:
    """Applies layers to whole maps."""

    def __call__(self, layer: Any, x: Any) -> Any:
        """[B, H, W, D] -> [B, H, W, D']."""
        return layer(x)

    def first(self, layer: Any, x: Any) -> Any:
        """The same, of the layer that reads the image."""
        return layer(x)


class Column:
    """Applies layers to the pixel at hand.

    Attributes:
        state: {name of layer: what it remembers}, after each layer.

    Args:
        state: the same, before.
        place: where the pixel is.
    """

    def __init__(self, state: dict[str, Any], place: raster.Place) -> None:
        self.state = dict(state)
        self.place = place

    def __call__(self, layer: Any, x: Any) -> Any:
        """[B, D] -> [B, D']."""
        if layer.name not in self.state:
            return layer(x)
        found, self.state[layer.name] = layer.step(
            x, self.state[layer.name], self.place
        )
        return found

    def first(self, layer: Any, past: Any) -> Any:
        """[B, D'] of the register of the image itself."""
        return layer.at(past, self.place)


class Row:
    """Applies layers to a row that is complete.

    Attributes:
        state: {name of layer: what it remembers}, after each layer.

    Args:
        state: the same, before.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = dict(state)

    def __call__(self, layer: Any, x: Any) -> Any:
        """[B, W, D] -> [B, W, D']."""
        if layer.name not in self.state:
            return layer(x)
        found, self.state[layer.name] = layer.row(x, self.state[layer.name])
        return found


class PixelNetwork(keras.Model):
    """Base of networks over pixels, with classes or without.

    A subclass makes its layers before it calls `finish`, that which reads the
    image as `first`, and defines `body` and `layer_state`.

    Args:
        image_shape: (H, W, C).
        num_classes: of labels; 0 for none.
        **options: of `keras.Model`.
    """

    # Whether outputs of a pixel see its own channels, those before.
    sees_channels = True
    # Whether whole images are computed step by step, in a scan.
    scans = False

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.image_shape = tuple(image_shape)
        self.num_classes = num_classes
        self.classes = None

    # What a subclass defines.

    def body(self, x: Any, condition: Any, run: Any) -> Any:
        """Outputs of all layers, as `run` applies them.

        Args:
            x: images, or the register of the image at the pixel at hand.
            condition: of the class.
            run: `Whole` or `Column`.
        """
        raise NotImplementedError(f"{type(self).__name__}.body")

    def layer_state(self, num_rows: Any) -> Any:
        """What the layers remember before the first pixel."""
        raise NotImplementedError(f"{type(self).__name__}.layer_state")

    # What follows from it, where there are no stacks.

    @property
    def num_past(self) -> int:
        """Pixels of the register of the image, that at hand among them."""
        above, left, _ = self.first.reach
        return above * self.image_shape[1] + left + 1

    def outputs(self, x: Any, condition: Any) -> Any:
        """Images and what `condition` gave to [B, H, W, P]."""
        return self.body(x, condition, Whole())

    def column(
        self, past: Any, place: raster.Place, state: Any, condition: Any
    ) -> tuple[Any, Any]:
        """[B, P] of the pixel at hand, and the state of the layers.

        Args:
            past: the register of the image.
            place: where the pixel is.
            state: of the layers.
            condition: of the class.
        """
        run = Column(state, place)
        return self.body(past, condition, run), run.state

    # What a subclass calls.

    def masked(
        self,
        name: str,
        filters: int,
        reach: tuple[int, int, int] = (0, 0, 0),
        mask_type: str = "B",
    ) -> masked_conv.MaskedConv2D:
        """A masked convolution that knows the channels."""
        return masked_conv.MaskedConv2D(
            filters,
            reach,
            mask_type,
            self.image_shape[2] if self.sees_channels else 1,
            dtype=self.dtype_policy,
            name=name,
        )

    def head_of(self, width: int, num_levels: int) -> list:
        """What makes logits of each channel: relu, 1 x 1, relu, 1 x 1."""
        size = num_levels * self.image_shape[2]
        return [self.masked("head", width), self.masked("logits", size)]

    def finish(self, class_size: int) -> None:
        """Makes all variables; those of a class have that many numbers."""
        if self.num_classes:
            self.classes = keras.layers.Embedding(
                self.num_classes,
                class_size,
                embeddings_initializer="zeros",
                dtype=self.dtype_policy,
                name="classes",
            )
        labels = keras.Input((), dtype="int32") if self.num_classes else None
        found = self(keras.Input(self.image_shape), labels)
        self.num_outputs = found.shape[-1]

    def build(self, input_shape=None) -> None:
        self.built = True  # The first call makes all there is.

    # What a model calls.

    def call(self, images: Any, labels: Any = None) -> Any:
        """images [B, H, W, C], labels [B] -> outputs [B, H, W, P] float32."""
        found = self.outputs(images, self.condition(labels))
        return ops.cast(found, "float32")

    def condition(self, labels: Any) -> Any:
        """What classes [B] say to the layers; None where there are none."""
        return None if self.classes is None else self.classes(labels)

    def step(
        self, values: Any, state: dict[str, Any], condition: Any = None
    ) -> tuple[Any, dict[str, Any]]:
        """One value of each image, in raster order, channels last.

        Args:
            values: [B], the last value; before the first of no matter.
            state: of `initial_state`, or of the step before.
            condition: of `condition`.

        Returns:
            Outputs [B, P] float32 of the pixel whose value comes next, and the
            state; its `pixel` [B, C] has the values known of that pixel, its
            `channel` is the one that comes next.
        """
        _, width, channels = self.image_shape
        index = state["index"]
        place = raster.place_of(index, width, channels)
        pixel = _known(values, state["pixel"], index, channels)
        past = raster.write(state["past"], ops.cast(pixel, self.compute_dtype))
        past = raster.turn(past, place)
        if place.is_new is None:
            pixel = ops.zeros_like(pixel)
        else:
            pixel = ops.where(place.is_new, 0.0, pixel)

        def column():
            found, layers = self.column(past, place, state["layers"], condition)
            return ops.cast(found, "float32"), layers

        if self.sees_channels or place.is_new is None:
            found, layers = column()
        else:  # Once for all channels of a pixel.
            before = state["outputs"], state["layers"]
            found, layers = ops.cond(place.is_new, column, lambda: before)
        new = {"index": index + 1, "pixel": pixel, "past": past}
        new |= {"layers": layers, "channel": place.channel}
        return found, new | ({"outputs": found} if "outputs" in state else {})

    def initial_state(self, num_rows: Any) -> dict[str, Any]:
        """Before the first value of B images."""
        channels = self.image_shape[2]
        past = (num_rows, self.num_past, channels)
        state = {
            "index": ops.zeros((), "int32"),
            "channel": ops.zeros((), "int32"),
            "pixel": ops.zeros((num_rows, channels)),
            "past": ops.zeros(past, self.compute_dtype),
            "layers": self.layer_state(num_rows),
        }
        if not self.sees_channels and channels > 1:
            state["outputs"] = ops.zeros((num_rows, self.num_outputs))
        return state

    def memories(self, layers: list, num_rows: Any) -> dict[str, Any]:
        """{name: initial state} of layers."""
        width = self.image_shape[1]
        return {x.name: x.initial_state(num_rows, width) for x in layers}

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "image_shape": self.image_shape,
            "num_classes": self.num_classes,
        }


def through_head(head: list, x: Any, run: Any) -> Any:
    """Logits of features [..., D], by what `head_of` made."""
    for conv in head:
        x = run(conv, ops.relu(x))
    return x


def with_class(x: Any, condition: Any) -> Any:
    """x [B, ..., D] plus what the class of a row says, [B, D]; or x alone."""
    if condition is None:
        return x
    ones = [1] * (len(x.shape) - 2)
    return x + ops.reshape(condition, (-1, *ones, x.shape[-1]))


def _known(values, pixel, index, channels):
    """The last pixel [B, C] with its last value; before the first all 0."""
    last = (index - 1) % channels
    here = ops.equal(ops.arange(channels), last) & ops.greater(index, 0)
    return ops.where(here, ops.cast(values, pixel.dtype)[:, None], pixel)
