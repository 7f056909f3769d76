"""Checks that every model, metric and encoder has to pass, ours and other people's.

Each check is small and has a name, so that a failure says what was promised and not kept. Run all of them at once, or
one by one in pytest::

    from synthkit.testing import check_synthesizer, synthesizer_checks

    check_synthesizer(MyModel)  # raises one AssertionError that names every check that failed

    @pytest.mark.parametrize(("name", "check"), synthesizer_checks(MyModel))
    def test_contract(name, check):
        check()

`synthkit.testing.strategies` makes schemas, tables and dataframes for laws in Hypothesis.
"""

from __future__ import annotations

from synthkit.testing._encoder import check_encoder, encoder_checks
from synthkit.testing._metric import check_metric, metric_checks
from synthkit.testing._private import check_private, private_checks
from synthkit.testing._simulator import check_simulator, simulator_checks
from synthkit.testing._synthesizer import SLOW, check_synthesizer, synthesizer_checks

__all__ = [
    "SLOW",
    "check_encoder",
    "check_metric",
    "check_private",
    "check_simulator",
    "check_synthesizer",
    "encoder_checks",
    "metric_checks",
    "private_checks",
    "simulator_checks",
    "synthesizer_checks",
]
