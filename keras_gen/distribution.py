"""What an update needs to be exact under every `tf.distribute` strategy.

Several replicas give what one device with the same global batch would give, to
rounding:

* losses are sums over the replica's examples divided by the global batch, so
  that the sum of gradients over replicas is the gradient of the mean;
* an example is known by its position in the global batch;
* XLA compiles losses and gradients, since collectives have no XLA kernel on
  CPU;
* gradients are clipped after they are summed over replicas.

The loop around the updates is in `step_loop`.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

# (losses of each example by name, gradients)
Gradients = tuple[dict[str, tf.Tensor], list[tf.Tensor]]

# (variables, optimizer) of one loss
Player = tuple[Sequence[keras.Variable], keras.optimizers.Optimizer]


def global_rows(num_rows: int | None, tensor: tf.Tensor) -> tuple[Any, Any]:
    """Where the rows of this replica stand in the global batch.

    Args:
        num_rows: static size of the local batch, None where unknown.
        tensor: any tensor with the local batch as first axis.

    Returns:
        (first, total): position of the first local row, and the number of rows
        on all replicas. Without a static size the replicas exchange theirs.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync
    if replicas == 1:
        return 0, num_rows or tf.shape(tensor)[0]
    replica = context.replica_id_in_sync_group
    if num_rows is not None:
        return replica * num_rows, replicas * num_rows
    local = tf.shape(tensor)[:1]
    sizes = context.all_gather(local, axis=0)  # [replicas]
    before = tf.sequence_mask(replica, replicas, tf.int32)
    return tf.reduce_sum(sizes * before), tf.reduce_sum(sizes)


def gradients(
    losses_fn: Callable[[dict, tf.Tensor], dict[str, tf.Tensor]],
    batch: dict[str, tf.Tensor],
    seed: tf.Tensor,
    variables: Sequence[keras.Variable],
    optimizer: keras.optimizers.Optimizer,
    jit_compile: bool,
    total: Any = None,
) -> Gradients:
    """Losses of the local examples and their share of the gradient.

    Args:
        losses_fn: (batch, seed) -> {name: [B]}; "loss" is minimised.
        batch: {name: [B, ...]}.
        seed: [B] int32.
        variables: to differentiate by.
        optimizer: scales the loss where precision is float16.
        jit_compile: whether XLA compiles losses and gradients.
        total: rows of the global batch, by `global_rows`, which no branch of
            a condition may call; None to call it here.

    Returns:
        ({name: [B]}, gradients): summed over replicas, the gradients are those
        of the mean of "loss" over the global batch.
    """
    players = {"loss": (variables, optimizer)}
    losses, found = game_gradients(
        losses_fn, batch, seed, players, jit_compile, total
    )
    return losses, found["loss"]


def game_gradients(
    losses_fn: Callable[[dict, tf.Tensor], dict[str, tf.Tensor]],
    batch: dict[str, tf.Tensor],
    seed: tf.Tensor,
    players: Mapping[str, Player],
    jit_compile: bool,
    total: Any = None,
) -> tuple[dict[str, tf.Tensor], dict[str, list[tf.Tensor]]]:
    """As `gradients`, for several losses with variables of their own.

    Args:
        losses_fn: (batch, seed) -> {name: [B]}.
        batch: {name: [B, ...]}.
        seed: [B] int32.
        players: {name of a loss: (variables, optimizer)}.
        jit_compile: whether XLA compiles losses and gradients.
        total: as of `gradients`.

    Returns:
        ({name: [B]}, {name of a loss: gradients}).
    """
    if total is None:
        first = next(iter(batch.values()))
        _, total = global_rows(first.shape[0], first)
    values = {
        name: [variable.value for variable in variables]
        for name, (variables, _) in players.items()
    }

    def compute(batch, seed, total):
        # Persistent: a tape that several losses are differentiated by.
        with tf.GradientTape(
            persistent=len(players) > 1, watch_accessed_variables=False
        ) as tape:
            for value in itertools.chain(*values.values()):
                tape.watch(value)
            losses = losses_fn(batch, seed)
            scaled = {
                name: optimizer.scale_loss(
                    tf.reduce_sum(losses[name]) / tf.cast(total, tf.float32)
                )
                for name, (_, optimizer) in players.items()
            }
        return losses, {
            name: tape.gradient(loss, values[name])
            for name, loss in scaled.items()
        }

    if jit_compile:
        compute = tf.function(compute, jit_compile=True)
    return compute(batch, seed, tf.convert_to_tensor(total))


def apply_gradients(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[tf.Tensor],
    variables: Sequence[keras.Variable],
) -> None:
    """Updates the variables by the sum of the gradients over replicas.

    Keras clips the gradient of each replica. To clip their sum instead, it is
    formed here, clipped, and handed to Keras in equal shares, which are too
    small to be clipped again and add up to the clipped sum.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync
    if replicas > 1 and _clips(optimizer):
        summed = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        clipped = optimizer._clip_gradients(summed)
        gradients = [gradient / replicas for gradient in clipped]
    optimizer.apply_gradients(zip(gradients, variables, strict=True))


def check_optimizer(optimizer: keras.optimizers.Optimizer) -> None:
    """Raises ValueError for options that fail under the current strategy."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return
    for name in ("gradient_accumulation_steps", "ema_overwrite_frequency"):
        if getattr(optimizer, name, None):
            raise ValueError(
                f"`{name}` of the optimizer does not work with more than one "
                f"replica. Received: {getattr(optimizer, name)}. Leave it "
                "out: use a larger batch instead of accumulation, and read "
                "the averaged weights at the end instead of overwriting."
            )


def check_layers(model: keras.Model) -> None:
    """Raises ValueError for layers that XLA cannot compile on replicas."""
    if model.distribute_strategy.num_replicas_in_sync == 1:
        return
    for layer in model._flatten_layers():
        if getattr(layer, "synchronized", False):
            raise ValueError(
                f"`jit_compile` cannot compile {type(layer).__name__}, which "
                "takes statistics over the batches of all replicas. Received: "
                f"{model.distribute_strategy.num_replicas_in_sync} replicas. "
                "Leave `jit_compile` off, or use a normalization of single "
                "images: instance or layer."
            )


def _clips(optimizer: keras.optimizers.Optimizer) -> bool:
    names = ("clipnorm", "global_clipnorm", "clipvalue")
    return any(getattr(optimizer, name, None) for name in names)
