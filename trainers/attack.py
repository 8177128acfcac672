"""Attacks a classifier on a photo, and draws what came out.

    python -m trainers.attack --model=efficientnet_lite0.npz --image=cat.png \\
        --targets=967,404,1 --output=attack.jpg

makes the classifier take the photo for each of these classes, by PGD within
--epsilon, which may be a fraction such as 2/255; without --targets for any
class but that which it sees. The picture has a row for each: the photo, what
was changed, magnified, and the result, with classes and confidences. 5 seconds
a target for EfficientNet-Lite0 on a core.

Results are rounded to the 256 levels that files have before they are judged.
"""

import fractions
import pathlib

from absl import app, flags

from keras_gen import console
from trainers import class_names, classifiers

_BATCH_SIZE = 10


def main(argv: list[str]) -> None:
    """A photo and a classifier -> a picture of the attack."""
    del argv
    with console.explained():
        _attack(flags.FLAGS)


def share(text: str) -> float:
    """The number of a text such as "0.01" or "2/255"."""
    try:
        return float(fractions.Fraction(text))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(
            "`--epsilon` and `--step_size` must be shares of the range, such "
            f"as 0.01 or 2/255. Received: {text}."
        ) from error


def _attack(args) -> None:
    import imageio.v3 as imageio
    import numpy as np

    from keras_gen import artifacts, data
    from trainers import triptych

    attack = _pgd(args)
    classifier = classifiers.load(args.model)
    names = class_names.ClassNames(classifier.num_classes, args.class_names)
    targets = names.find(args.targets)
    photo = data.read_photo(args.image, classifier.image_shape)
    (before,) = _probabilities(classifier, photo[np.newaxis])
    labels = targets or [int(np.argmax(before))]
    print(f"{_said(names, before):40} as it is")
    rows, num_reached = [], 0
    for changed, after in _changed(classifier, attack, photo, labels):
        wanted = labels[len(rows)]
        reached = (np.argmax(after) == wanted) == attack.targeted
        num_reached += reached
        away = np.abs(np.int32(changed) - np.int32(photo)).max()
        print(f"{_said(names, after):40} {away} of 255 levels", flush=True)
        said = _said(names, before), _said(names, after)
        rows.append(triptych.Row(photo, changed, *said))
    print(f"{num_reached} of {len(rows)} attacks reached what they were for")
    with artifacts.atomic_file(args.output, seal=False) as temporary:
        picture = triptych.draw(rows[: args.num_rows])
        suffix = pathlib.Path(args.output).suffix
        imageio.imwrite(temporary, picture, extension=suffix)


def _pgd(args):
    from keras_gen import attacks

    epsilon = share(args.epsilon)
    return attacks.PGD(
        epsilon=epsilon,
        norm=args.norm,
        step_size=share(args.step_size) if args.step_size else epsilon / 8,
        num_steps=args.num_steps,
        num_restarts=args.num_restarts,
        targeted=bool(args.targets),
    )


def _changed(classifier, attack, photo, labels):
    """(levels [H, W, C], probabilities [V]) of each label, in order."""
    import numpy as np
    import tensorflow as tf

    from keras_gen.ops import images as image_ops

    @tf.function(reduce_retracing=True)
    def attacked(labels, seed):
        image = image_ops.to_float(photo)
        images = tf.repeat(image[tf.newaxis], tf.shape(labels)[0], axis=0)
        found = attack(classifier.logits_of, images, labels, seed)
        return image_ops.to_uint8(found)

    for start in range(0, len(labels), _BATCH_SIZE):
        some = np.int32(labels[start : start + _BATCH_SIZE])
        seed = np.arange(start, start + len(some), dtype=np.int32)
        levels = attacked(some, flags.FLAGS.seed + seed).numpy()
        yield from zip(levels, _probabilities(classifier, levels), strict=True)


def _probabilities(classifier, levels):
    """[B, V] of images [B, H, W, C] uint8."""
    import tensorflow as tf

    from keras_gen.ops import images as image_ops

    logits = classifier.logits_of(image_ops.to_float(levels))
    return tf.nn.softmax(logits).numpy()


def _said(names, probabilities) -> str:
    """The likeliest class, and how likely it is."""
    import numpy as np

    best = int(np.argmax(probabilities))
    return f"{names[best]}, {probabilities[best]:.1%}"


def _define_flags() -> None:
    flags.DEFINE_string("model", None, f"A {classifiers.FILES}.", required=True)
    flags.DEFINE_string(
        "image", None, "PNG, JPEG, WebP or BMP of any size.", required=True
    )
    flags.DEFINE_string(
        "output", None, "The PNG or JPEG file to write.", required=True
    )
    flags.DEFINE_list(
        "targets",
        [],
        "Classes that the photo is to be taken for, numbers, names, or ranges "
        "such as 0:1000:20; without them any but its own.",
    )
    flags.DEFINE_string(
        "class_names", "", "A text file with the name of a class a line."
    )
    flags.DEFINE_string("epsilon", "2/255", "Radius, a share of the range.")
    flags.DEFINE_enum("norm", "inf", ["inf", "l2"], "Of the ball.")
    flags.DEFINE_string(
        "step_size",
        "",
        "A share of the range; an eighth of --epsilon if empty.",
    )
    flags.DEFINE_integer("num_steps", 100, "Of PGD, from each start.")
    flags.DEFINE_integer("num_restarts", 1, "Starts of PGD.")
    flags.DEFINE_integer("num_rows", 4, "Attacks drawn.", lower_bound=1)
    flags.DEFINE_integer("seed", 0, "Of the first random start.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
