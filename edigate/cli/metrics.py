"""`edigate metrics`: the ledger in numbers, for Prometheus."""

from __future__ import annotations

import click

from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say
from edigate.errors import ConfigError


@click.command()
@click.option("--write", is_flag=True, help="Into the workspace's metrics.textfile, in place of standard output.")
@json_option
@pass_invocation
def command(invocation: Invocation, write: bool, as_json: bool) -> None:
    """The ledger in numbers, in Prometheus' text format: counts, dollars, ages, how each step last ended.

    Nothing about a patient is in it. With metrics.textfile in edigate.toml the same is written after every send,
    receive, post and night; --write does so now.

    \b
    Examples:
      edigate metrics
      edigate metrics --write
    """
    from edigate.gateway.afterwards import measured, write_metrics
    from edigate.gateway.opening import Gateway
    from edigate.reports.metrics import exposition

    workspace = invocation.workspace
    if write and workspace.metrics_file is None:
        raise ConfigError("edigate.toml names no file for metrics", hint='Set textfile = "..." under [metrics].')
    with Gateway.open(workspace) as gateway:
        if write:
            write_metrics(gateway)
            note(f"{workspace.metrics_file} is written.")
            return
        found = measured(gateway)
    emit(found, as_json=as_json, human=lambda: say(exposition(found).rstrip("\n")))
