"""What a release promises, to whom, and what it does not: the words that a privacy officer signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from synthkit.private.accountant import most_auc, most_found
from synthkit.private.curator import Charge, Curator
from synthkit.private.domain import Domain

__all__ = ["NOT_COVERED", "Guarantee"]

NOT_COVERED: Final = (
    "the domain file, if anything in it came from the data",
    "the report, the scorecard and the decision, which are measured on real rows and are internal",
    "other releases of the same data that the ledger does not know",
    "how long the run took, and whatever else an onlooker on the same machine may see",
    "what is true of people in general and can be learned from others' rows",
)


@dataclass(frozen=True)
class Guarantee:
    """(epsilon, delta)-differential privacy of everything that leaves the curator.

    Args:
        epsilon, delta: of the release.
        rho: of zero-concentrated differential privacy, which was accounted for; where gradients were summed over
            samples it is no more than what the books lost.
        unit: whom it protects: "row", or the column that says whose row it is.
        bound: rows of a unit that counted.
        mechanism: how.
        charges: each touch of the data.
    """

    epsilon: float
    delta: float
    rho: float
    unit: str
    bound: int
    mechanism: str
    charges: tuple[Charge, ...]

    @classmethod
    def of(cls, curator: Curator, domain: Domain, mechanism: str) -> Self:
        """Of what a curator has given out."""
        spent = sum(charge.rho for charge in curator.charges)
        return cls(
            curator.epsilon, curator.delta, spent, domain.unit or "row", domain.bound, mechanism, tuple(curator.charges)
        )

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"({self.epsilon:g}, {self.delta:g})-differentially private: whatever is concluded from these rows would "
            f"have been nearly as likely, had any one {self._who} never been in the data."
        )

    @property
    def statement(self) -> str:
        """For the file beside the rows: it says nothing that was measured on real rows."""
        most = self.most_found
        touches = {charge.what: 0 for charge in self.charges}
        for charge in self.charges:
            touches[charge.what] += charge.steps or 1
        answers = sum(touches.values())
        lines = [
            "# What is guaranteed", "", self.sentence, "",
            "* Of the synthetic rows and of the model: whoever has the model may draw rows from it without end.",
            f"* Neighbouring data: one {self._who} more or less.",
            f"* Mechanism: {self.mechanism}; {self._noise}, from the operating system's generator, unseeded.",
            f"* Accounted for in {self._books} over {answers:,} answers.",
            (f"* No attack on membership can find more than {100 * most['10 %']:.1f} % of the people while it is wrong "
            f"about 10 % of the others, or reach an AUC above {most['auc']:.3f}."),
            "", "## Not covered", "", *(f"* {what}." for what in map(_capital, NOT_COVERED)),
            "", "## Every answer", "", "| asked | answers | rho | noise (standard deviation) |", "|---|---:|---:|---:|",
        ]  # fmt: skip
        for what, times in touches.items():
            each = [charge for charge in self.charges if charge.what == what]
            noise = f"{min(c.noise for c in each):.1f}" if each[0].noise else "–"
            rho = "the rest" if each[0].steps else f"{sum(c.rho for c in each):.3g}"
            lines.append(f"| {what} | {times} | {rho} | {noise} |")
        return "\n".join(lines) + "\n"

    @property
    def _noise(self) -> str:
        if any(charge.steps for charge in self.charges):
            return "noise of counts in whole numbers, that of gradients in floating point and not exact to the last bit"
        return "noise in whole numbers"

    @property
    def _books(self) -> str:
        if any(charge.steps for charge in self.charges):
            return "Renyi differential privacy, counts and sampled gradients together,"
        return f"zero-concentrated differential privacy: rho = {self.rho:.6g}"

    @property
    def _who(self) -> str:
        return "row" if self.unit == "row" else f"value of '{self.unit}' (at most {self.bound} of its rows count)"

    @property
    def most_found(self) -> dict[str, float]:
        """What no attack on membership can exceed on average: true positives at 10 and 1 % false ones, and the AUC."""
        found = {f"{100 * rate:g} %": most_found(rate, self.epsilon, self.delta) for rate in (0.1, 0.01)}
        return {**found, "auc": most_auc(self.epsilon, self.delta)}

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "neighbours": "add or remove one unit", "not_covered": list(NOT_COVERED)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """What `to_dict` gave."""
        charges: Sequence[Mapping[str, Any]] = plain["charges"]
        kept = {key: plain[key] for key in ("epsilon", "delta", "rho", "unit", "bound", "mechanism")}
        return cls(**kept, charges=tuple(Charge(**each) for each in charges))


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
