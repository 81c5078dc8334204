"""Get- and Remove-UMMailboxPolicy, and the default policy of a new dial plan (field notes 3.1 and 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import DIAL_PLAN, MAILBOX_POLICY
from um_operator.lab.exchange.nouns import cmdlet, identity_parameter, selected
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.powershell import Value


def make_default_policy(call: Call, plan: DirectoryObject) -> None:
    """Make "<plan> Default Policy", as New-UMDialPlan does unless it is told not to."""
    call.create(
        Kind.MAILBOX_POLICY,
        {"Name": f"{plan.name} Default Policy", "UMDialPlan": plan.guid, "IsDefault": True},
    )


def _get(call: Call) -> None:
    asked = call.value("UMDialPlan")
    plan = call.find(Kind.DIAL_PLAN, asked) if asked is not None else None
    for policy in selected(call, Kind.MAILBOX_POLICY):
        if plan is None or policy["UMDialPlan"] == plan.guid:
            _show(call, policy)


def _remove(call: Call) -> None:
    policy = call.find(Kind.MAILBOX_POLICY, call.value("Identity"))
    users = [m.name for m in call.replica.referring(Kind.MAILBOX, "UMMailboxPolicy", policy.guid)]
    if users:
        names = ", ".join(f"'{name}'" for name in users)
        raise RefusedError(
            "MailboxPolicyAssociatedWithUserException",
            f"The UM mailbox policy '{policy.name}' can't be removed because it is in use by {names}.",
            category="InvalidOperation",
            target=policy.name,
        )
    call.remove(policy)


def _show(call: Call, policy: DirectoryObject) -> None:
    call.show(policy, "Microsoft.Exchange.Data.Directory.Management.UMMailboxPolicy", _properties)


def _properties(call: Call, policy: DirectoryObject) -> Mapping[str, Value]:
    replica, domain = call.replica, call.organization.directory.domain
    plan = replica.get(policy["UMDialPlan"])
    return {
        **wire.common_properties(policy, replica, domain, call.domain_controller),
        "UMDialPlan": wire.object_id(plan, replica, domain) if plan else None,
        "IsDefault": bool(policy["IsDefault"]),
        "MaxGreetingDuration": 5,
        "MaxLogonAttempts": wire.unlimited("System.Int32", 15),
        "LogonFailuresBeforePINReset": wire.unlimited("System.Int32", 5),
        "PINLifetime": wire.unlimited(
            "Microsoft.Exchange.Data.EnhancedTimeSpan", wire.time_span(timedelta(days=60))
        ),
        "PINHistoryCount": 5,
        "MinPINLength": 6,
        "AllowCommonPatterns": False,
        "AllowDialPlanSubscribers": True,
        "AllowExtensions": True,
        "AllowMessageWaitingIndicator": True,
        "AllowFax": True,
        "FaxServerURI": None,
    }


CMDLETS = (
    cmdlet(
        "Get-UMMailboxPolicy",
        _get,
        identity_parameter(MAILBOX_POLICY, mandatory=False),
        Parameter("UMDialPlan", DIAL_PLAN),
    ),
    cmdlet(
        "Remove-UMMailboxPolicy", _remove, identity_parameter(MAILBOX_POLICY, mandatory=True), prompts=True
    ),
)
