"""What has been spent on which data, over all releases: once it is spent, nobody gets another answer."""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from synthkit.errors import ArtifactError, BudgetSpent
from synthkit.files import write_text
from synthkit.private.accountant import epsilon_of, rho_of

if TYPE_CHECKING:
    from synthkit.data.cells import Raw

__all__ = ["Account", "Ledger", "Release", "place"]

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Release:
    """One release, written down before the first answer.

    Args:
        when: UTC, to the second.
        epsilon, delta: that it may spend.
        rho: likewise, where all its answers are zero-concentrated; None where epsilon and delta plainly add up.
        model: that it was for.
    """

    when: str
    epsilon: float
    delta: float
    rho: float | None
    model: str


@dataclass(frozen=True, slots=True)
class Account:
    """The budget of one data set.

    Args:
        name: the name that the domain gives the data, or the beginning of a salted digest of the file's content.
        epsilon, delta: over all releases.
        releases: so far.
    """

    name: str
    epsilon: float
    delta: float
    releases: tuple[Release, ...] = ()

    @property
    def spent(self) -> float:
        """Epsilon of all releases together, at this account's delta; infinite where their deltas are more than that."""
        plain = [one for one in self.releases if one.rho is None]
        rho = sum(one.rho for one in self.releases if one.rho is not None)
        delta = self.delta - sum(one.delta for one in plain)
        if delta < -1e-9 * self.delta or (rho and delta <= 0):
            return math.inf
        return sum(one.epsilon for one in plain) + (epsilon_of(rho, delta) if rho else 0.0)

    def allows(self, release: Release) -> bool:
        """Whether this release stays within the budget."""
        return replace(self, releases=(*self.releases, release)).spent <= self.epsilon * (1 + 1e-6)


def place() -> Path:
    """Where the ledger is: `$SYNTHKIT_LEDGER`, or a file in the home folder, the same whatever folder one works in."""
    given = os.environ.get("SYNTHKIT_LEDGER")
    return Path(given) if given else Path.home() / ".synthkit" / "privacy-ledger.json"


class Ledger:
    """A file that knows each data set by its name and by a salted digest of its content.

    Costs add up in zero-concentrated differential privacy. A crash after the charge leaves it charged.

    Args:
        path: of the file, made at the first release and readable by its owner alone.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else place()

    def accounts(self) -> tuple[Account, ...]:
        """All of them, by name.

        Raises:
            ArtifactError: the file is damaged.
        """
        return tuple(account for _, account in sorted(self._read()[1].items()))

    def charge(
        self,
        raw: Raw,
        *,
        data: str = "",
        epsilon: float,
        delta: float,
        model: str,
        adds_up: Literal["rho", "epsilon"] = "rho",
        whole: tuple[float, float] | None = None,
    ) -> None:
        """Write a release down, or refuse it.

        Args:
            raw: the data, which are known by their content.
            data: and by this name, if one is given: every version of a table that grows shares its budget.
            epsilon, delta: of the release.
            model: that it is for.
            adds_up: in what its releases add up: see `synthkit.models.base.Private`.
            whole: epsilon and delta over all releases; the account keeps what it was opened with if None, or is opened
                with what this release asks for.

        Raises:
            BudgetSpent: it would go over. Nothing was asked of the data, and nothing is written.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rho = rho_of(epsilon, delta) if adds_up == "rho" else None
        release = Release(now, epsilon, delta, rho, model)
        with self._alone():
            salt, accounts = self._read()
            for name in filter(None, (data, f"sha256:{_digest(raw, salt)[:16]}")):
                before = accounts.get(name)
                limits = whole or ((before.epsilon, before.delta) if before else (epsilon, delta))
                account = Account(name, *limits, before.releases if before else ())
                if not account.allows(release):
                    raise BudgetSpent(
                        f"the privacy budget of these data is epsilon {account.epsilon:g} at delta {account.delta:g}, "
                        f"of which {account.spent:.3g} is spent: another {epsilon:g} goes over it",
                        hint="draw more rows from the model that is there (synthkit sample: it costs nothing), ask for "
                        "less, or let whoever answers for the data raise [budget] in the domain file",
                    )
                accounts[name] = Account(name, *limits, (*account.releases, release))
            self._write(salt, accounts)

    def _read(self) -> tuple[str, dict[str, Account]]:
        try:
            doc = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return secrets.token_hex(16), {}
        except (OSError, ValueError) as error:
            raise _damaged(self.path) from error
        try:
            found = {each["name"]: _account(each) for each in doc["accounts"]}
            return str(doc["salt"]), found
        except (KeyError, TypeError) as error:
            raise _damaged(self.path) from error

    def _write(self, salt: str, accounts: Mapping[str, Account]) -> None:
        doc = {"format": _FORMAT, "salt": salt, "accounts": [asdict(each) for each in accounts.values()]}
        write_text(self.path, json.dumps(doc, indent=1) + "\n")
        self.path.chmod(0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _account(plain: Mapping[str, Any]) -> Account:
    releases = tuple(Release(**each) for each in plain["releases"])
    return Account(plain["name"], plain["epsilon"], plain["delta"], releases)


def _damaged(path: Path) -> ArtifactError:
    return ArtifactError(
        f"the privacy ledger {str(path)!r} cannot be read", hint="restore it: without it nobody knows what is spent"
    )


def _digest(raw: Raw, salt: str) -> str:
    """Of every cell, with the ledger's salt: from the digest alone nobody can confirm a guess of the data."""
    sha = hashlib.sha256(salt.encode())
    for cells in raw.columns:
        sha.update(f"\x1e{cells.name}\x1e".encode("utf-8", "surrogatepass"))
        sha.update("\x1f".join(cells.words).encode("utf-8", "surrogatepass"))
        sha.update(cells.codes.tobytes())
    return sha.hexdigest()
