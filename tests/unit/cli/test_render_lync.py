"""An integration on one screen, word for word."""

from __future__ import annotations

import pytest

from um_operator.api.condition import Condition
from um_operator.api.lync_status import (
    ContactStatus,
    FrontEndStatus,
    LyncIntegrationStatus,
    LyncPoolStatus,
    MemberStatus,
    PermissionStatus,
)
from um_operator.cli.render_lync import lync_lines
from um_operator.cli.statuses import detailed
from um_operator.local.errors import LocalError

STATUS = LyncIntegrationStatus(
    conditions=(
        Condition(
            type="Ready",
            status="False",
            reason="ManualActionRequired",
            message="1 of 1 contacts is missing",
            last_transition_time="2026-11-14T22:40:12Z",
        ),
    ),
    pools=(
        LyncPoolStatus(
            fqdn="pool1.contoso.com",
            edition="Enterprise",
            version="5.0",
            media_encryption="SupportEncryption",
            gateway="pool",
            outcalls_allowed=True,
            users_homed=1840,
            quorum_margin=1,
            restart="Pending",
            restart_cause="first integration of this pool",
            front_ends=(FrontEndStatus(name="lyncfe01.contoso.com", state="Running", trust="Trusted"),),
        ),
    ),
    contacts=(ContactStatus(dial_plan="Contoso-Lync", kind="SubscriberAccess", number="+4989555004900"),),
    permissions=PermissionStatus(state="Granted", verified_by="ex01.contoso.com"),
    servers=(
        MemberStatus(name="ex02.contoso.com", dial_plans_joined="False"),
        MemberStatus(name="ex01.contoso.com", dial_plans_joined="True"),
    ),
)
SHOWN = """\
LyncIntegration/lync
  Ready (False, ManualActionRequired) since 2026-11-14T22:40:12Z: 1 of 1 contacts is missing
  permissions: Granted, shown by ex01.contoso.com

POOL                EDITION      VERSION   ENCRYPTION          GATEWAY   OUTCALLS   USERS   SPARE   RESTART
pool1.contoso.com   Enterprise   5.0       SupportEncryption   pool      true       1840    1       Pending

FRONT END              POOL                STATE     TRUST     UPGRADE DOMAIN   NOT AFTER
lyncfe01.contoso.com   pool1.contoso.com   Running   Trusted   -                -

CONTACT          DIAL PLAN      KIND               POOL   PRESENT
+4989555004900   Contoso-Lync   SubscriberAccess   -      no

pool1.contoso.com: first integration of this pool
ex02.contoso.com is not a member of every dial plan"""


def test_everything_that_is_known_is_on_the_screen() -> None:
    assert "\n".join(lync_lines("lync", STATUS)) == SHOWN


def test_one_that_nobody_looked_at_yet_says_so() -> None:
    assert list(lync_lines("lync", LyncIntegrationStatus())) == [
        "LyncIntegration/lync",
        "  not looked at yet",
    ]


@pytest.mark.parametrize("word", ["lync", "Lync", "lyncint", "lyncintegrations"])
def test_it_is_called_as_kubectl_calls_it(word: str) -> None:
    assert detailed(word) == "LyncIntegration"


@pytest.mark.parametrize("word", ["umdp", "gateway"])
def test_a_kind_without_details_is_refused(word: str) -> None:
    with pytest.raises(LocalError, match="say certificate"):
        detailed(word)
