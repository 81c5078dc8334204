"""Alerts about certificates fire in a real Prometheus while their trouble lasts, and no longer.

What is scraped is what passes over modelled servers leave in the metrics, for days that go by at once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alert_scene import OF_CERTIFICATES
from modelled_alerts import fire_and_resolve
from prometheus_support import missing
from troubled_sites import TROUBLES, two
from um_operator.observability.certificate_alerts import CERTIFICATES

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(bool(missing()), reason=missing())]


async def test_whoever_is_on_call_is_told_of_certificates_and_servers(tmp_path: Path) -> None:
    await fire_and_resolve(tmp_path, TROUBLES, two, CERTIFICATES, OF_CERTIFICATES)
