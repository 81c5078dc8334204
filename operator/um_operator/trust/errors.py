"""What can go wrong at a device, as one small tree.

    DeliveryError
    ├── RecipeError        the recipe or its parameters are of no use
    ├── NoWayInError       not reached, an unknown host key, the account refused
    ├── BusyError          locked, or it holds changes of somebody else: it is left as it is
    └── AnswerError        it answered otherwise than the recipe expects

Each message is one line without secrets; ``reason`` is a word of the table of reasons.
"""

from __future__ import annotations

from um_operator.api.reasons import Reason


class DeliveryError(Exception):
    """Why a device was not read or changed.

    Attributes:
        reason: a word of the table.
    """

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class RecipeError(DeliveryError):
    """A recipe, or what a manifest gives it, is of no use."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Reason.INVALID_RECIPE)


class NoWayInError(DeliveryError):
    """The device cannot be logged on to."""


class BusyError(DeliveryError):
    """Somebody else is at work on the device."""


class AnswerError(DeliveryError):
    """The device answered otherwise than expected."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Reason.DELIVERY_FAILED)
