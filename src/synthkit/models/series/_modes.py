"""Every mode of simulation, from fitted series and a source of innovations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthkit.data.panel import Panel, Series
from synthkit.errors import ConfigError
from synthkit.models.base import MODES, Plan
from synthkit.models.series._context import Conditions
from synthkit.models.series._entities import EntityLaw, labels
from synthkit.models.series._fitted import Fitted, mask
from synthkit.models.series._sieve import driven
from synthkit.models.series._structure import Origin, Source

__all__ = ["Maker"]

_TRIES = 5  # draws of a path that leaves all bounds
_FAR = {"identity": 10.0}  # ranges of the fitted values beyond their ends that a path may reach; powers blow up sooner
_FAR_POWER = 3.0
_BURN = 100  # rows of an autoregression thrown away, so that it begins in its long-run law
_ROWS = 10  # after the end by default, where no season is known


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes series.

    Args:
        panel: calendar and columns.
        fits: the fitted series.
        source: of the innovations.
        conditions: of the rows.
        uncertain: draw parameters and initial states.
    """

    panel: Panel
    fits: Sequence[Fitted]
    source: Source
    conditions: Conditions
    uncertain: bool

    def check(self, plan: Plan, name: str, modes: frozenset[str]) -> None:
        """Raise ConfigError for a plan that cannot be followed."""
        if plan.mode not in modes:
            known = [mode for mode in MODES if mode in modes]
            raise ConfigError(f"model '{name}' cannot do mode {plan.mode!r}", hint=f"it can do: {', '.join(known)}")
        if plan.paths < 1:
            raise ConfigError(f"paths is {plan.paths}; it has to be 1 or more")
        if plan.horizon is not None and plan.horizon < 1:
            raise ConfigError(f"the horizon is {plan.horizon}; it has to be 1 row or more")
        if unknown := set(plan.shocks) - {"scale", "level"}:
            raise ConfigError(f"there is no shock {min(unknown)!r}", hint="known: scale, level")
        if plan.shocks.get("scale", 1.0) < 0:
            raise ConfigError("the shock 'scale' multiplies innovations and cannot be negative")
        if plan.mode == "new-entity" and len(self.fits) < 2:
            raise ConfigError("new entities need a panel of at least two", hint="use --mode twin for a lone series")
        if plan.mode in ("continue", "what-if"):
            for fit in self.fits:
                self._future(plan, fit)
        elif plan.horizon is not None:
            raise ConfigError(
                f"a horizon makes no sense for mode '{plan.mode}'", hint="use continue or what-if, or leave it out"
            )

    def made(self, plan: Plan, rng: np.random.Generator) -> Iterator[Series]:
        """The series of the plan, in order."""
        if plan.mode == "new-entity":
            yield from self._strangers(plan.paths, rng)
            return
        for i, child in enumerate(rng.spawn(len(self.fits))):
            if plan.mode == "twin":
                yield from self._twins(i, plan.paths, child)
            elif plan.mode == "augment":
                yield from self._variants(i, plan.paths, child)
            else:
                yield from self._futures(i, plan, child)

    # -- modes

    def _twins(self, i: int, paths: int, rng: np.random.Generator) -> Iterator[Series]:
        fit = self.fits[i]
        working = self._paths(i, paths, len(fit), "start", fit.exog, rng)
        yield from self.like(fit, fit.to_values(working), rng)

    def _variants(self, i: int, paths: int, rng: np.random.Generator) -> Iterator[Series]:
        """The fitted trend and season with a new remainder."""
        fit = self.fits[i]
        n = len(fit)
        context = self._context(
            fit, fit.start - _BURN, _BURN + n, np.vstack([np.zeros((_BURN, fit.exog.shape[1])), fit.exog])
        )
        e = self.source.draw(paths, context, series=i, rng=rng)
        rests = [driven(sieve, e[:, :, c], _BURN) for c, sieve in enumerate(fit.sieves)]
        yield from self.like(fit, fit.to_values(fit.base + np.stack(rests, axis=2)), rng)

    def _futures(self, i: int, plan: Plan, rng: np.random.Generator) -> Iterator[Series]:
        fit = self.fits[i]
        exog = self._future(plan, fit)
        shocks = plan.shocks if plan.mode == "what-if" else {}
        working = self._paths(i, plan.paths, self._horizon(plan), "end", self.conditions.exog(exog), rng, shocks=shocks)
        for path, values in enumerate(np.where(fit.empty, np.nan, fit.to_values(working))):
            yield Series(
                entity=fit.entity,
                start=fit.start + len(fit),
                values=values,
                exog=exog,
                present=np.ones(len(values), dtype=bool),
                static=dict(fit.static),
                path=path,
            )

    def _strangers(self, n: int, rng: np.random.Generator) -> Iterator[Series]:
        """New entities: a donor's law with its own parameters, around a level and a size of their own."""
        draw, *children = rng.spawn(n + 1)
        chosen = EntityLaw(self.fits).draw(n, draw)
        names = labels([fit.entity for fit in self.fits], n)
        for name, (donor, transforms), child in zip(names, chosen, children, strict=True):
            fit = self.fits[donor]
            working = self._paths(donor, 1, len(fit), "start", fit.exog, child, own=False)
            yield from self.like(fit, fit.to_values(working, transforms), child, name)

    # -- parts of them

    def _paths(  # noqa: PLR0917 - private, and named as everywhere
        self,
        i: int,
        paths: int,
        n: int,
        origin: Origin,
        exog: np.ndarray,
        rng: np.random.Generator,
        *,
        shocks: Mapping[str, float] | None = None,
        own: bool = True,
    ) -> np.ndarray:
        """(paths, n, k) on the working scale. A path that leaves all bounds is drawn again, in the end cut off."""
        fit = self.fits[i]
        begin = fit.start if origin == "start" else fit.start + len(fit)
        context = self._context(fit, begin, n, exog)
        low, high = self._bounds(fit)
        made = np.empty((paths, n, len(fit.transforms)))
        left = np.arange(paths)
        for _ in range(_TRIES):
            e = self.source.draw(len(left), context, series=i if own else None, rng=rng)
            u = np.stack([s.apply(e[:, :, c], begin, origin) for c, s in enumerate(fit.scales)], axis=2)
            u *= (shocks or {}).get("scale", 1.0)
            u[:, :1] += (shocks or {}).get("level", 0.0)
            made[left] = fit.structure.simulate(
                u, origin=origin, exog=exog[:, fit.used], rng=rng if self.uncertain else None
            )
            bad = ~((made[left] >= low) & (made[left] <= high)).all(axis=(1, 2))
            left = left[bad]
            if len(left) == 0:
                return made
        made[left] = np.clip(np.nan_to_num(made[left], posinf=np.inf, neginf=-np.inf), low, high)
        return made

    @staticmethod
    def _bounds(fit: Fitted) -> tuple[np.ndarray, np.ndarray]:
        """(k,) least and largest working value a path may have."""
        low, high = fit.reach.T
        far = np.array([_FAR.get(t.kind, _FAR_POWER) for t in fit.transforms]) * np.maximum(high - low, 1e-9)
        ends = [t.inverse(np.array([a, b])) for t, a, b in zip(fit.transforms, low, high, strict=True)]
        top = [
            float(t.forward(np.array([b + _FAR["identity"] * (b - a)]))[0])
            for t, (a, b) in zip(fit.transforms, ends, strict=True)
        ]
        return low - far, np.fmin(high + far, top)

    def like(
        self,
        fit: Fitted,
        values: np.ndarray,
        rng: np.random.Generator,
        entity: str | None = None,
    ) -> Iterator[Series]:
        """(paths, T, k) values as series on the calendar of a fitted one, with its gaps and its pattern of holes."""
        for path, one in enumerate(values):
            holes = np.column_stack([mask(len(one), went, stayed, rng) for went, stayed in fit.missing])
            yield Series(
                entity=fit.entity if entity is None else entity,
                start=fit.start,
                values=np.where(holes | ~fit.present[:, None], np.nan, one),
                exog=self.conditions.raw(fit.exog),
                present=fit.present.copy(),
                static=dict(fit.static),
                path=path,
            )

    def _context(self, fit: Fitted, begin: int, n: int, exog: np.ndarray) -> np.ndarray:
        return self.conditions.of(self.panel.grid, begin, n, exog, fit.static)

    def _horizon(self, plan: Plan) -> int:
        return plan.horizon or max(self.panel.grid.seasons, default=_ROWS)

    def _future(self, plan: Plan, fit: Fitted) -> np.ndarray:
        """(horizon, e) exogenous values after the end, as given."""
        n, names = self._horizon(plan), self.panel.roles.exog
        if not names:
            return np.zeros((n, 0))
        who = " of a series" if fit.entity else ""  # an entity's label is a cell of the data
        if fit.entity not in plan.exog:
            raise ConfigError(
                f"the exogenous columns ({', '.join(names)}){who} have no values after the end",
                hint=f"give {n} rows of them for the horizon",
            )
        given = np.asarray(plan.exog[fit.entity], dtype=np.float64)
        if given.shape != (n, len(names)):
            raise ConfigError(
                f"the exogenous values{who} have shape {given.shape}; {(n, len(names))} is needed",
                hint=f"one row for each of the {n} rows of the horizon, columns: {', '.join(names)}",
            )
        if not np.isfinite(given).all():
            raise ConfigError(f"the exogenous values{who} have missing cells", hint="fill them before simulating")
        return given
