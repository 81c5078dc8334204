"""What the JEA endpoint of a front end allows: the role capabilities of deploy/jea for Lync.

Of the cmdlets that work on the local computer only (field notes 5.6, 6.4) those that read; of Windows' own
the trust stores and the event log.
"""

from __future__ import annotations

from typing import Final

from um_operator.lab.winrm.roles import UM_OPERATOR_TRUST, Restriction, RoleCapability

CONFIGURATION: Final = "UMOperatorLync"
"""Name of the session configuration."""

UM_OPERATOR_LYNC: Final = RoleCapability(
    "UMOperatorLync",
    {
        "Get-CsCertificate": {"Type": Restriction(("Default",))},
        "Get-CsPoolUpgradeReadinessState": {},
        "Get-CsUpgradeDomainInfo": {},
        "Get-CsPoolFabricState": {"PoolFqdn": Restriction(), "Type": Restriction(("Routing",))},
        "Get-CimInstance": {
            "ClassName": Restriction(("Win32_Service",)),
            "Filter": Restriction(("Name = 'RTCSRV'",)),
        },
        "Get-Process": {"Id": Restriction(pattern=r"\d{1,10}")},
        "Get-ChildItem": {"Path": Restriction(("Cert:\\LocalMachine\\Root", "Cert:\\LocalMachine\\CA"))},
        "Get-WinEvent": {
            "LogName": Restriction(("Lync Server",)),
            "FilterXPath": Restriction(
                pattern=r"\*\[System\[Provider\[@Name='LS Exchange Unified Messaging Routing'\]"
                r" and \(EventID=\d{1,5}( or EventID=\d{1,5}){0,15}\) and EventRecordID>\d{1,19}\]\]"
            ),
            "MaxEvents": Restriction(pattern=r"\d{1,4}"),
            "Oldest": Restriction(),
        },
    },
)
CAPABILITIES: Final = {role.name: role for role in (UM_OPERATOR_LYNC, UM_OPERATOR_TRUST)}
