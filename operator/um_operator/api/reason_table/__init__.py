"""The table of reasons: where each may stand, for which kinds, what it means, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.delivery import DELIVERY
from um_operator.api.reason_table.fitness import FITNESS
from um_operator.api.reason_table.lync import LYNC_REASONS
from um_operator.api.reason_table.peers import PEERS
from um_operator.api.reason_table.progress import PROGRESS
from um_operator.api.reason_table.row import Row
from um_operator.api.reason_table.trouble import TROUBLE
from um_operator.api.reason_table.waiting import WAITING

ROWS: Final[Mapping[str, Row]] = {
    **PROGRESS,
    **WAITING,
    **DELIVERY,
    **FITNESS,
    **PEERS,
    **LYNC_REASONS,
    **TROUBLE,
}
"""Every row, by the reason's word."""
