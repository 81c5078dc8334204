"""Bringing CAs to a device: look, add, see that nothing else was lost, keep; or take back and stop (R24).

Idempotent by SHA-256: what the device has already is not written again, and a device that has everything is
only read. Nothing is ever removed but what the same delivery added and what did harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NoReturn

from um_operator.api.reasons import Reason
from um_operator.trust.bound import Bound
from um_operator.trust.device import Device, Look
from um_operator.trust.dialogue import DialogueDevice
from um_operator.trust.errors import AnswerError, BusyError, DeliveryError, NoWayInError
from um_operator.trust.files import FilesDevice
from um_operator.trust.terminal import Terminal
from um_operator.trust.way_in import WayIn, connected

LOG_ON: Final = 10.0
"""Seconds until one has to be logged on."""
ANSWER: Final = 15.0
"""Seconds for one answer."""
UNDOING: Final = 60.0
"""Seconds to take back what was added when the time of a delivery was up."""

Listen = Callable[[str], Awaitable["frozenset[str] | None"]]
"""Tells what a listener (host:port) shows, in words none of which may go; ``None``: it does not answer."""
Heard = Mapping[str, "frozenset[str] | None"]


class ListenerLostError(DeliveryError):
    """A listener that must not be lost does not answer as before.

    Attributes:
        restored: whether the device is as it was.
    """

    def __init__(self, message: str, *, restored: bool) -> None:
        super().__init__(message, Reason.PROTECTED_LISTENER_LOST)
        self.restored = restored


@dataclass(frozen=True, slots=True)
class Guards:
    """What must not be lost.

    Attributes:
        listeners: each as host:port.
        listen: what tells what one of them shows.
        pause: waits a moment between two looks at one that does not answer.
        tries: how many looks, before one counts as lost.
    """

    listeners: tuple[str, ...]
    listen: Listen
    pause: Callable[[], Awaitable[None]]
    tries: int = 3


async def read(way_in: WayIn, bound: Bound) -> Look:
    """Return what a device has.

    Raises:
        DeliveryError: it cannot be read.
    """
    async with opened(way_in, bound) as device:
        return await device.look()


async def deliver(way_in: WayIn, bound: Bound, certificates: Sequence[bytes], guards: Guards) -> Look:
    """Bring CAs (DER) to a device and return what it has then.

    Raises:
        BusyError: somebody else is at work there; nothing of his was touched.
        ListenerLostError: a protected listener was lost; what was added is taken back.
        DeliveryError: it did not work; what was begun can be gone on with.
    """
    before = await _heard(guards)
    if silent := [name for name, heard in before.items() if heard is None]:
        message = f'protected listener "{silent[0]}" does not answer, so that its loss could not be seen'
        raise DeliveryError(message, Reason.PROTECTED_LISTENER_SILENT)
    wanted = {sha256(der).hexdigest(): der for der in certificates}
    async with opened(way_in, bound) as device:
        look = await device.look()
        if wanted.keys() <= look.held:
            return look
        if look.reason is not None:
            raise BusyError(look.busy, look.reason)
        if wanted.keys() - look.in_force:
            await _add(device, [wanted[key] for key in wanted if key not in look.in_force], guards, before)
        await _kept(device)
        return await _read_back(device, wanted)


async def _add(device: Device, certificates: Sequence[bytes], guards: Guards, before: Heard) -> None:
    """Put CAs in force; where that did harm, or was cut off before it was seen to do none, take them back.

    Where it failed half way, what is there is ours, and the next delivery goes on with it.
    """
    try:
        await device.add(certificates)
        if lost := await _lost(guards, before):
            await _restore(device, lost, guards, before)
    except AnswerError:
        if lost := await _lost(guards, before):
            await _restore(device, lost, guards, before)
        raise
    except asyncio.CancelledError:
        with suppress(DeliveryError, TimeoutError):
            async with asyncio.timeout(UNDOING):
                await device.take_back()
        raise


async def _lost(guards: Guards, before: Heard) -> str | None:
    """Return a listener that does not show any more what it showed, however often it is looked at."""
    lost = None
    for _ in range(guards.tries):
        after = await _heard(guards)
        gone = (name for name in before if (before[name] or frozenset()) - (after[name] or frozenset()))
        if (lost := next(gone, None)) is None:
            return None
        await guards.pause()
    return lost


async def _restore(device: Device, lost: str, guards: Guards, before: Heard) -> NoReturn:
    what = f'protected listener "{lost}" does not answer as before'
    loss = ListenerLostError(f"{what}; what was added is taken back", restored=True)
    await _taken_back(device, loss)
    if still := await _lost(guards, before):
        message = f'{loss}, and "{still}" is lost all the same; see to the device by hand'
        raise ListenerLostError(message, restored=False)
    raise loss


async def _kept(device: Device) -> None:
    """Have it outlast a restart; where others began to work meanwhile, it is taken back."""
    try:
        await device.keep()
    except BusyError as error:
        await _taken_back(device, error)
        raise


async def _taken_back(device: Device, because: DeliveryError) -> None:
    try:
        await device.take_back()
    except DeliveryError as error:
        if isinstance(error, BusyError) and isinstance(because, BusyError):
            return  # it does no harm, and more could only be done to the work of others
        message = f"{because}; it could not be taken back: {error}; see to the device by hand"
        raise ListenerLostError(message, restored=False) from error


async def _read_back(device: Device, wanted: Mapping[str, bytes]) -> Look:
    look = await device.look()
    if missing := [key for key in wanted if key not in look.held]:
        raise AnswerError(f"it does not show CA {missing[0][:8]} although it was delivered")
    return look


async def _heard(guards: Guards) -> Heard:
    heard = await asyncio.gather(*map(guards.listen, guards.listeners))
    return dict(zip(guards.listeners, heard, strict=True))


@asynccontextmanager
async def opened(way_in: WayIn, bound: Bound) -> AsyncIterator[Device]:
    """Log on to a device and work on it as its recipe says, for as long as the block lasts.

    Raises:
        DeliveryError: it cannot be reached, or the connection broke.
    """
    import asyncssh  # noqa: PLC0415 - 0.3 s that only those pay who manage a device

    try:
        async with connected(way_in, LOG_ON) as connection:
            if bound.recipe.files is not None:
                async with connection.start_sftp_client() as sftp:
                    yield FilesDevice(connection, sftp, bound, ANSWER)
            else:
                # Banners and comments are in whichever encoding somebody typed them.
                async with connection.create_process(
                    term_type="vt100", term_size=(512, 0), encoding="utf-8", errors="replace"
                ) as process:
                    yield await _at_the_command_line(process, way_in, bound)
    except asyncssh.Error as error:
        message = f"the connection with {way_in.shown} broke: {error.reason}"
        raise NoWayInError(message, Reason.DEVICE_UNREACHABLE) from None
    except (OSError, TimeoutError) as error:
        message = f"the connection with {way_in.shown} broke: {error or 'no answer in time'}"
        raise NoWayInError(message, Reason.DEVICE_UNREACHABLE) from None


async def _at_the_command_line(process: object, way_in: WayIn, bound: Bound) -> DialogueDevice:
    dialogue = bound.recipe.dialogue
    assert dialogue is not None
    terminal = Terminal(
        process,  # type: ignore[arg-type]
        bound.pattern(dialogue.prompt),
        map(bound.pattern, dialogue.failures),
        ANSWER,
    )
    device = DialogueDevice(terminal, bound, way_in.account)
    await device.begin()
    return device
