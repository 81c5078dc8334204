"""Measure-Object as restricted sessions have it: how many came down the pipeline."""

from __future__ import annotations

from um_operator.lab.powershell import Invocation, PSObject, Streams

NAME = "Measure-Object"


def is_measure(invocation: Invocation) -> bool:
    """Whether that is what is called."""
    return invocation.cmdlet.lower() == NAME.lower()


def measure(invocation: Invocation, streams: Streams) -> None:
    """Write the count; nothing else is measured."""
    unmeasured = dict.fromkeys(("Average", "Sum", "Maximum", "Minimum", "Property"))
    streams.output(
        PSObject(
            (
                "Microsoft.PowerShell.Commands.GenericMeasureInfo",
                "Microsoft.PowerShell.Commands.MeasureInfo",
                "System.Object",
            ),
            "Microsoft.PowerShell.Commands.GenericMeasureInfo",
            {"Count": len(invocation.pipeline_input), **unmeasured},
        )
    )
