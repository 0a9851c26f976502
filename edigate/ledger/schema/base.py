"""What all tables share: metadata, constraint names, column types. Knows no table.

Portable between SQLite and PostgreSQL: ids and cents are 64 bit, times are UTC, text is unbounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Dialect, Integer, MetaData, Text
from sqlalchemy.types import TypeDecorator

from edigate.errors import InternalError

# Every constraint has a name, so that a refusal can say which promise it keeps and a migration can drop it.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite gives only a column declared INTEGER its own row number.
Id = BigInteger().with_variant(Integer, "sqlite")


class Cents(TypeDecorator[int]):
    """An amount in whole cents. Anything but an int is a defect of ours, stopped before it is stored."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return self.checked([value])[0]

    @staticmethod
    def checked(values: Sequence[Any]) -> Sequence[int | None]:
        """The same values, or InternalError where one is no int."""
        others = set(map(type, values)) - {int, type(None)}
        if others:
            raise InternalError(f"an amount in cents must be an int, not {others.pop().__name__}")
        return values


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC. Naive times are refused: nobody could say later which zone they were in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise InternalError("a time without its zone was given to the ledger")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def identity() -> Column[int]:
    """The row's own number; handed out in blocks by `numbering.reserve_ids`, or by the database."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def text(name: str) -> Column[str]:
    """Text, empty where absent: never NULL, so that comparisons need no second case."""
    return Column(name, Text, nullable=False, default="")


def cents(name: str) -> Column[int]:
    return Column(name, Cents, nullable=False, default=0)


def count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, default=0)


def moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcTime, nullable=nullable)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """The column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def one_of_many(column: str, values: Iterable[str]) -> str:
    """The same condition for many words, each compared with: SQLite builds an `IN` list anew for every statement."""
    return " OR ".join(f"{column} = '{value}'" for value in values)


def is_sha256(column: str = "sha256") -> CheckConstraint:
    return CheckConstraint(f"length({column}) = 64", name=column)
