"""NeRF: learns a scene from rays with known colours, and renders it.

    nerf = keras_gen.NeRF(field="hash", view_size=(100, 100), focal=138.9)
    nerf.compile()
    nerf.fit(rays, colors)  # [N, 6] and [N, 3] in [-1, 1]
    nerf.render(pose)["images"]  # [100, 100, 3] in [-1, 1]

Reference: Mildenhall et al. 2020, arXiv 2003.08934.
"""

from typing import Any

import keras
import tensorflow as tf

from keras_gen import base, distribution, endpoint, optimizers, spec
from keras_gen.models.nerf import (
    compositing,
    fields,
    nerf_config,
    nerf_endpoints,
    occupancy,
    rendering,
    sampling,
    views,
)
from keras_gen.ops import cameras, seeds

_COARSE, _FINE = 1, 2  # Streams of a row's seed.
_LEAST_OPACITY = 0.01  # Of a sample that is worth asking.


@keras.saving.register_keras_serializable("keras_gen")
class NeRF(views.Views, base.GenerativeModel):
    """A radiance field and its volume renderer.

    Args:
        config: a NeRFConfig; or its fields as keyword arguments.
        **kwargs: fields of the Config, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong.

    Reference: Mildenhall et al. 2020, arXiv 2003.08934.
    """

    Config = nerf_config.NeRFConfig
    loss_names = ("loss", "mse")

    def __init__(
        self, config: nerf_config.NeRFConfig | None = None, **kwargs: Any
    ) -> None:
        super().__init__(config, **kwargs)
        config, policy = self.config, self.dtype_policy
        self.field = fields.make(config, "field", config.seed, policy)
        self.coarse_field = None
        if config.field == "mlp" and config.num_fine:
            self.coarse_field = fields.make(
                config, "coarse_field", config.seed + 1, policy
            )
        self._densities = self._cells = None
        if config.field != "mlp" and config.occupancy_size:
            self._densities = self._grid("densities", 0.0)
            self._cells = self._grid("cells", 1.0)

    def _grid(self, name, value):
        return self.add_weight(
            shape=(self.config.occupancy_size**3,),
            initializer=keras.initializers.Constant(value),
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",
            name=name,
        )

    def compile(
        self,
        optimizer: Any = None,
        *,
        jit_compile: bool | None = None,
        run_eagerly: bool = False,
        **kwargs: Any,
    ) -> None:
        """As in all models, but XLA compiles the step where not told else.

        Args:
            optimizer: Adam where None: of the paper for the mlp field, of
                Mueller et al. 2022 for grids.
            jit_compile: whether XLA compiles the training step.
            run_eagerly: as in all models.
            **kwargs: as in all models.
        """
        if optimizer is None and self.config.field == "mlp":
            optimizer = optimizers.Adam(5e-4)
        elif optimizer is None:
            optimizer = optimizers.Adam(1e-2, epsilon=1e-15)
        if jit_compile is None:
            jit_compile = not run_eagerly
        super().compile(
            optimizer,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
            **kwargs,
        )

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {
            "rays": nerf_endpoints.RAYS,
            "colors": spec.Spec((3,), low=-1, high=1, doc="Of the pixels."),
        }

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        return self._errors(batch, seed if training else None)

    def _errors(self, batch, seed, share=None, num_points=None):
        rgb = 0.5 * (batch["colors"] + 1.0)
        coarse, fine = self.trace(batch["rays"], seed, share, num_points)
        mse = _squared_error(fine.rgb, rgb)
        loss = mse
        if coarse is not None:
            loss += _squared_error(coarse.rgb, rgb)  # Eq. 6
        if self.config.field != "mlp" and self.config.sparsity_weight:
            sparsity = compositing.sparsity(fine.density)
            loss += self.config.sparsity_weight * sparsity
        return {"loss": loss, "mse": mse}

    def train_step(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """One update; grids are asked at as few points as the batch needs.

        The gradient is taken inside of a branch: one through it would keep
        what every branch needs.
        """
        if self._cells is None:
            return super().train_step(batch, seed)
        rays = batch["rays"]
        _, total = distribution.global_rows(rays.shape[0], rays)

        def branch(share, num_points=None):
            return lambda: distribution.gradients(
                lambda batch, seed: self._errors(
                    batch, seed, share, num_points
                ),
                batch,
                seed,
                self.own_variables,
                self.optimizer,
                self.jit_compile,
                total,
            )

        rays, _ = self._own_rays(rays)
        needed = occupancy.share_of(self._samples(rays, seed).wanted)
        first = max(1, self.config.num_coarse // 4)
        is_first = self.step.value < self.config.occupancy_warmup_steps
        losses, gradients = tf.switch_case(
            tf.where(is_first, 0, 1 + needed),
            [branch(1, first), *map(branch, occupancy.SHARES)],
        )
        distribution.apply_gradients(
            self.optimizer, gradients, self.own_variables
        )
        return losses

    def trace(
        self,
        rays: tf.Tensor,
        seed: tf.Tensor | None = None,
        share: int | None = None,
        num_points: int | None = None,
    ) -> tuple[compositing.Rendering | None, compositing.Rendering]:
        """What rays see.

        Args:
            rays: [R, 6] in world coordinates.
            seed: [R] int32 of the places of samples; None for the middle of
                each bin.
            share: as of `rendering.through_grid`.
            num_points: P in a grid; as in the Config where None.

        Returns:
            (through the coarse network, if there is one; the final one).
        """
        rays, seen = self._own_rays(rays)
        if self.config.field == "mlp":
            return self._trace_network(rays, seen, seed)
        samples = self._samples(rays, seed, num_points)
        return None, rendering.through_grid(
            self.field, seen, samples, self.config, share
        )

    def _own_rays(self, rays):
        """Rays in the coordinates of the field, and where they look."""
        config = self.config
        seen, _ = rendering.unit(rays[:, 3:])
        if config.ndc:
            rays = cameras.to_ndc(rays, config.focal, *config.view_size)
        return rays, seen

    def _samples(self, rays, seed, num_points=None):
        noise = None if seed is None else seeds.uniform(seed, (1,), _COARSE)
        cells = None if self._cells is None else self._cells.value
        return rendering.grid_samples(
            rays,
            noise,
            cells,
            num_points or self.config.num_coarse,
            self.config,
        )

    def _trace_network(self, rays, seen, seed):
        config = self.config

        def noise(num, stream):
            return None if seed is None else seeds.uniform(seed, (num,), stream)

        ends = tf.zeros_like(rays[:, 0])
        first, last = ends + config.near, ends + config.far
        steps = sampling.stratified(
            first, last, config.num_coarse, noise(config.num_coarse, _COARSE)
        )
        edges = sampling.edges_between(steps, first, last)
        if self.coarse_field is None:
            return None, rendering.through_network(
                self.field, rays, seen, edges, steps, config
            )
        coarse = rendering.through_network(
            self.coarse_field, rays, seen, edges, steps, config
        )
        further = sampling.from_weights(
            edges,
            tf.stop_gradient(coarse.weights),
            config.num_fine,
            noise(config.num_fine, _FINE),
        )
        steps = sampling.merge(steps, further)
        edges = sampling.edges_between(steps, first, last)
        return coarse, rendering.through_network(
            self.field, rays, seen, edges, steps, config
        )

    def after_step(self) -> None:
        """Counts the step; looks at which cells are empty, now and then."""
        super().after_step()
        if self._cells is not None:
            step, config = self.step.value, self.config
            due = step % config.occupancy_every_steps == 0
            due &= step >= config.occupancy_warmup_steps
            tf.cond(due, self._look, lambda: None)

    def _look(self) -> None:
        find = self._find_cells
        if self.jit_compile:
            find = tf.function(find, jit_compile=True)
        densities, cells = find(self._densities.value, self.step.value)
        self._densities.assign(densities)
        self._cells.assign(cells)

    def _find_cells(self, densities, step):
        size, radius = self.config.occupancy_size, self.config.scene_radius
        seed = tf.stack([self.config.seed, step])
        noise = tf.random.stateless_uniform((size**3, 3), seed, alg="philox")
        points = occupancy.cell_points(size, radius, noise)
        _, found = self.field(points, tf.zeros_like(points))
        densities = occupancy.updated(densities, found)
        length = 2.0 * radius / self.config.num_coarse
        least = _LEAST_OPACITY / length
        return densities, occupancy.occupied(densities, least)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        return nerf_endpoints.of(self)


def _squared_error(found, expected):
    return tf.reduce_mean((found - expected) ** 2, axis=-1)
