"""How many threads a piece of work may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread", "one_thread", "one_torch_thread"]


def one_thread() -> AbstractContextManager[object]:
    """One OpenMP thread for the calling thread, around everything that LightGBM is asked.

    Its `num_threads` alone is not enough: with categories, LightGBM 4.7 opens parallel regions all the same when it
    builds its data. Two of them at once crash the process now and then (5 of 14 runs; none of 40 with this), and on a
    machine that has other things to do the threads wait for one another: the looks at a network in training took six
    times as long (measured).
    """
    limited: AbstractContextManager[object] = _pools().limit(limits=1, user_api="openmp")
    return limited


@cache
def _pools() -> ThreadpoolController:
    """The thread pools of this process, LightGBM's among them."""
    import lightgbm  # noqa: F401 - its OpenMP is only found once it is loaded
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One thread for linear algebra: the matrices of models of series are small.

    Threads that share a matrix of ten rows mostly wait for one another: on two busy cores SARIMAX took four times as
    long (measured). With one, the same seed gives the same paths whatever the number of cores.
    """
    import scipy.linalg  # noqa: F401 - its BLAS is only found once it is loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """One thread for torch: our networks are small.

    More threads did not train them faster (Adult, `tvae`: 62 steps a second on one core, 69 on sixteen), and where the
    cores have other things to do they wait for one another (six times slower, measured). With one, the same seed gives
    the same weights whatever the number of cores.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
