"""`edigate acknowledge`: writes the answer that `edigate.gateway.answering` gives. No X12 here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say
from edigate.cli.streams import force_option, output_option, refuse_force_alone, write_out
from edigate.errors import DataError

_NUMBER = click.IntRange(1, 999_999_999)


@click.command(short_help="Answer an X12 file with a TA1 and 999s.")
@click.argument("file")
@output_option
@force_option
@click.option("--interchange-number", type=_NUMBER, default=1, show_default=True, help="ISA13 of the answer.")
@click.option("--group-number", type=_NUMBER, default=1, show_default=True, help="GS06 of the answer.")
@click.option("--ta1/--no-ta1", default=True, show_default=True, help="Answer the interchange itself too.")
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    file: str,
    output: Path | None,
    force: bool,
    interchange_number: int,
    group_number: int,
    ta1: bool,
    as_json: bool,
) -> int:
    """Make the acknowledgment that answers a received X12 file: a TA1 and a 999 for each group.

    The answer is written whatever it says; sender and receiver change places in it. `-` reads standard
    input; --json prints the verdicts, and the answer itself where no --output takes it. Exit code 0: all
    accepted; 65: something rejected, or nothing there to answer; 66: couldn't be read.

    \b
    Example: edigate acknowledge received.837 -o answer.999
    """
    del invocation  # the frame's; nothing of a workspace is needed to answer a file
    refuse_force_alone(output, force=force)
    from edigate.gateway.answering import answer
    from edigate.gateway.x12_files import again_and_again

    answered = answer(
        again_and_again(file),
        at=datetime.now(UTC),
        file=file,
        control_number=interchange_number,
        group_control_number=group_number,
        with_ta1=ta1,
    )
    if output is not None or not as_json:
        write_out([answered.x12], output, force=force)
    if output is not None or as_json:
        told = {"file": file, **msgspec.structs.asdict(answered)}
        told["x12"] = answered.x12.decode() if output is None else ""
        verdict = "accepted" if answered.accepted else "not all accepted"
        emit(told, as_json=as_json, human=lambda: say(f"{output}: the answer to {file}: {verdict}"))
    return OK if answered.accepted else DataError.exit_code
