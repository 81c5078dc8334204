"""When calls may be interrupted, and how gently."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from um_operator.api.durations import Between, Duration
from um_operator.api.model import Model
from um_operator.api.strings import CronSchedule, Instant, TimeZone, WindowName


class MaintenanceWindow(Model):
    """A time that returns, in which steps that interrupt calls may begin."""

    name: WindowName
    """How messages and ``status.nextWindow`` name it."""
    schedule: CronSchedule
    """When it opens: minute, hour, day of month, month, day of week, in ``timeZone``."""
    duration: Annotated[Duration, Between("15m", "24h")]
    """How long it stays open. A sequence begins only if it fits into what is left."""
    time_zone: TimeZone
    """The IANA time zone of ``schedule``; over a change of clocks it behaves as cron does on Debian."""


class Blackout(Model):
    """A span in which no interruption begins, window or not."""

    name: WindowName
    """How messages name it."""
    starts_at: Instant
    """The first instant of the span."""
    ends_at: Instant
    """The first instant after the span."""


class Disruption(Model):
    """How much may be out of service, and how calls are treated."""

    max_unavailable: Annotated[int, Field(ge=1, le=16)] = 1
    """Servers out of service at one time, whoever took them out (R11)."""
    drain_timeout: Annotated[Duration, Between("0s", "12h")] = timedelta(minutes=30)
    """How long calls in progress may take to end, before a restart and before a gateway is removed."""
    on_drain_timeout: Literal["Hold", "Restart"] = "Hold"
    """What happens when calls did not end: wait for the next window, or go on all the same (R10)."""
    soak: Annotated[Duration, Between("0s", "12h")] = timedelta(minutes=10)
    """The pause after each server and each secured plan in which new evidence stops the rollout (R16)."""
    drain_requester: Literal["Sidelined", "Functional", "Deployment"] = "Sidelined"
    """The requester in whose name components are drained; Maintenance is the admins' own (R14)."""
