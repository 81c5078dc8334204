"""``umctl renew``, ``retry`` and ``rollback``: a person's word about a UMCertificate, said by an annotation.

In a cluster the operator heeds it in its next pass. In a folder the state remembers it beside the manifest,
which stays as it is, and the next apply carries it out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypeAlias

import typer

from um_operator.api.annotations import (
    RENEW_REQUESTED_AT,
    RETRY_REQUESTED_AT,
    ROLLBACK_REQUESTED_AT,
    rollback_text,
)
from um_operator.cli.certificate import Certificate, expect_certificate, opened
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import notice
from um_operator.cli.options import (
    DEFAULT_PATIENCE,
    ConnectTo,
    Context,
    Folders,
    Kind,
    Kubeconfig,
    Name,
    Namespace,
    Patience,
    State,
    duration,
)
from um_operator.cli.output import write
from um_operator.cli.place import Cluster, Place, place_of
from um_operator.cli.progress import working
from um_operator.cli.render_plan import instant
from um_operator.engine.ports import PortError
from um_operator.local.errors import LocalError


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of a UMCertificate. ``told``: what follows from it, for a person."""

    annotation: str
    value: str
    told: str


Say: TypeAlias = Callable[[Certificate], Word]


def renew(
    *,
    kind: Kind,
    name: Name,
    sources: Folders = None,
    state: State = None,
    connect_to: ConnectTo = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    timeout: Patience = DEFAULT_PATIENCE,
) -> None:
    """Ask for new certificates now: a new revision, brought to the servers like any other.

    Windows, budget and approval hold as ever. In a folder the next umctl apply carries it out.

    Exit code: 0 it is said, and in a cluster taken up; 2 it was not taken up in time; 1 an error.
    """
    expect_certificate(kind)
    place = place_of(sources, state, connect_to, Cluster(namespace, context, kubeconfig))
    finish(asyncio.run(_say(place, name, _renewal, duration(timeout))))


def retry(
    *,
    kind: Kind,
    name: Name,
    sources: Folders = None,
    state: State = None,
    connect_to: ConnectTo = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    timeout: Patience = DEFAULT_PATIENCE,
) -> None:
    """Let what was given up be tried again: a revision that was rejected, a rollout that was stopped.

    Repair the cause before. In a folder the next umctl apply carries it out.

    Exit code: 0 it is said, and in a cluster taken up; 2 it was not taken up in time; 1 an error.
    """
    expect_certificate(kind)
    place = place_of(sources, state, connect_to, Cluster(namespace, context, kubeconfig))
    finish(asyncio.run(_say(place, name, _another_try, duration(timeout))))


def rollback(
    *,
    kind: Kind,
    name: Name,
    now: Annotated[
        bool, typer.Option("--now", help="Wait for no window; for budget and calls it waits all the same.")
    ] = False,
    sources: Folders = None,
    state: State = None,
    connect_to: ConnectTo = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    timeout: Patience = DEFAULT_PATIENCE,
) -> None:
    """Call the newest revision bad: every server goes back to what it served before, one after the other.

    Each is emptied of its calls and restarted as on the way forward, in a window, within the budget. A server
    that has nothing to go back to serves on. The revision is not tried again unless umctl retry asks for it;
    umctl renew asks for another one. In a folder the next umctl apply carries it out.

    Exit code: 0 it is said, and in a cluster taken up; 2 it was not taken up in time; 1 an error.
    """
    expect_certificate(kind)
    place = place_of(sources, state, connect_to, Cluster(namespace, context, kubeconfig))
    finish(asyncio.run(_say(place, name, lambda one: _way_back(one, now=now), duration(timeout))))


def _renewal(certificate: Certificate) -> Word:
    issuance = certificate.issuance
    what = f'a revision after "{issuance.revision}"' if issuance else "the first revision"
    return Word(RENEW_REQUESTED_AT, instant(certificate.now), f"{what} is asked for.")


def _another_try(certificate: Certificate) -> Word:
    return Word(RETRY_REQUESTED_AT, instant(certificate.now), "what was given up is tried again.")


def _way_back(certificate: Certificate, *, now: bool) -> Word:
    issuance = certificate.issuance
    if issuance is None:
        raise LocalError(f'UMCertificate "{certificate.name}" has no revision yet: nothing can be taken back')
    when = "waiting for no window" if now else "in a window"
    told = (
        f'revision "{issuance.revision}" is called bad. Servers that have it go back to what they served '
        f"before, one after the other, {when}."
    )
    return Word(ROLLBACK_REQUESTED_AT, rollback_text(certificate.now, issuance.revision, now=now), told)


async def _say(place: Place, name: str, say: Say, patience: timedelta) -> ExitCode:
    async with opened(place, name, writable=True) as certificate:
        word = say(certificate)
        await certificate.annotate(word.annotation, word.value)
        write(f'UMCertificate "{name}": {word.told}\n')
        if certificate.until_heeded is None:
            notice("umctl apply carries it out; the manifest stays as it is.")
            return ExitCode.NOTHING_LEFT
        return await _heeded(certificate, word, patience)


async def _heeded(certificate: Certificate, word: Word, patience: timedelta) -> ExitCode:
    """Wait until the operator says that it heeded the word."""
    assert certificate.until_heeded is not None
    if not patience:
        return ExitCode.NOTHING_LEFT
    try:
        with working("Waiting for the operator to take it up"):
            async with asyncio.timeout(patience.total_seconds()):
                await certificate.until_heeded(word.annotation, word.value)
    except (TimeoutError, PortError) as error:
        notice(f"It stands in the cluster, and the operator has not taken it up yet. {error}".strip())
        notice(f"What it waits for: umctl status certificate {certificate.name}")
        return ExitCode.DIFFERENCES
    notice("The operator has taken it up.")
    return ExitCode.NOTHING_LEFT
