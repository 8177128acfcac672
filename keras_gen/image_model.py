"""What every model over images has, with classes or without."""

from typing import Any

import numpy as np

from keras_gen import base, spec


class ImageModel(base.GenerativeModel):
    """A subclass has a Config with `image_shape` and `num_classes`."""

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {"images": self.image_spec} | self.label_spec

    @property
    def label_spec(self) -> dict[str, spec.Spec]:
        """{"labels": Spec}, or {} where there are no classes."""
        if not self.config.num_classes:
            return {}
        last = self.config.num_classes - 1
        doc = f"Class, 0 to {last}."
        return {"labels": spec.Spec((), "int32", 0, last, doc)}

    def _labels(self, num: int, label: Any) -> dict[str, np.ndarray]:
        """{"labels": [num]} of one class or several, in turn where None."""
        count = self.config.num_classes
        if not count:
            if label is not None:
                raise ValueError(
                    "`label` needs a model with classes. Received: "
                    f"{label!r}. Leave it out, or train with `num_classes`."
                )
            return {}
        if label is None:
            return {"labels": np.arange(num, dtype=np.int32) % count}
        return {"labels": np.broadcast_to(np.int32(label), (num,))}
