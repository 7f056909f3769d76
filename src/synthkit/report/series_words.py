"""The plain words of the report for scores of series."""

from __future__ import annotations

from synthkit.report.wording import Wording

__all__ = ["SERIES_WORDS"]

SERIES_WORDS = {
    "marginal": Wording(
        "Levels and changes",
        "How far are the levels, the steps from row to row, and their tails from those of real stretches that no model "
        "saw? In usual spreads of the series; as low as the floor is as close as fresh real stretches come.",
        0.0,
    ),
    "autocorrelation": Wording(
        "Autocorrelation",
        "Does a value depend on those before it as in real series, up to two seasons back? 0 is the same correlogram.",
        0.0,
    ),
    "cross_correlation": Wording(
        "Cross-correlation",
        "Do channels move together, at once and with delays, as in real series? 0 is the same.",
        0.0,
    ),
    "spectrum": Wording(
        "Spectrum",
        "Have slow and fast waves the strength they have in real series? 0 is the same spectrum, 0.7 a factor of two.",
        0.0,
    ),
    "seasonality": Wording(
        "Trend and season", "Are trend and season as strong as in real stretches? 0 % is a perfect match.", 0.0
    ),
    "features": Wording(
        "Character",
        "Twenty-two figures that tell kinds of series apart (how they turn, linger, jump and repeat): how far are they "
        "from those of real stretches, in usual spreads? 0 is the same character.",
        0.0,
    ),
    "transitions": Wording(
        "States and gaps",
        "Do categories change, gaps open and series end as they do in real ones? 0 % is a perfect match.",
        0.0,
    ),
    "series_detection": Wording(
        "Detection",
        "Can a strong classifier (gradient boosting) tell synthetic stretches from unseen real ones? 0.5 is a "
        "coin toss: it cannot. 1.0 means every stretch gives itself away.",
        0.5,
        reads=(
            "as hard to tell from real stretches as fresh real ones are",
            "easier to tell apart than fresh real ones",
        ),
    ),
    "forecast": Wording(
        "Forecast",
        "Paths that go on from the end of the training rows, held against the rows that really came (CRPS, in usual "
        "seasonal changes). The floor here is the seasonal naive forecast: below it, the paths foretell better.",
        reads=("no better than repeating the last season", "worse than repeating the last season"),
    ),
    "forecast_utility": Wording(
        "Forecast utility",
        "A forecaster (gradient boosting on lags and calendar) is trained on synthetic series and forecasts real rows "
        "that nobody saw; its error in usual changes. The floor is the same forecaster trained on the real series.",
    ),
    "nearest_window": Wording(
        "Nearest window",
        "How often is a synthetic stretch closer to a training stretch than a real stretch of another time is? 50 % is "
        "what chance gives; much more means stretches were copied. Less is harmless.",
        0.5,
        reads=(
            "no closer to the training stretches than unseen ones",
            "beyond an even split, towards training stretches",
        ),
    ),
    "entity_membership": Wording(
        "Membership of entities",
        "Given a real series, can an attacker who holds only the synthetic ones tell whether its entity was among "
        "those learned from? 0.5 is a coin toss: this attack cannot.",
        0.5,
        reads=("this attack cannot tell whose series were used", "above a coin toss"),
    ),
    "shadow": Wording(
        "Follows its original",
        "Does a twin rise and fall at the very moments its original did? 50 % is chance, 100 % a shadow. A bend or a "
        "growing season that both share counts as following.",
        0.5,
        reads=("twins go their own way", "above chance"),
    ),
}
