"""Cmdlets that work on the computer itself and nowhere else (field notes 5.6, 6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cryptography import x509

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.gateways.identities import names_of
from um_operator.lab.lync import fabric
from um_operator.lab.lync.call import MANAGEMENT
from um_operator.lab.lync.deployment import Deployment, FrontEnd, Pool
from um_operator.lab.lync.spec import Edition
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import STRING, EnumType
from um_operator.lab.variants import FabricText
from um_operator.lab.winrm.call import HostCall, HostCmdlet

_DEPLOYMENT: Final = f"{MANAGEMENT}.Deployment"
_UPGRADE_STATE: Final = EnumType.of(
    f"{MANAGEMENT}.Hadr.PoolUpgradeState", "Ready", "Busy", "InsufficientActiveFrontEnds"
)
_FABRIC_TYPE: Final = EnumType.of(
    f"{MANAGEMENT}.Hadr.FabricType", "All", "MCUFactory", "ConferenceDirectory", "Routing", "LYSS"
)


def host_cmdlets(deployment: Deployment, front_end: FrontEnd) -> Mapping[str, HostCmdlet]:
    """The cmdlets of one computer, by name in lower case, as far as its release and its pool have them."""
    pool = deployment.pools[front_end.pool]
    local = Local(deployment, pool, front_end)
    made = [local.certificate()]
    if pool.spec.edition is Edition.ENTERPRISE:
        made += [local.fabric_state(), local.readiness()]
    return {one.declaration.name.lower(): one for one in made}


class Local:
    """What one computer tells of itself and of its pool."""

    def __init__(self, deployment: Deployment, pool: Pool, front_end: FrontEnd) -> None:
        self._deployment = deployment
        self._pool = pool
        self._front_end = front_end

    def certificate(self) -> HostCmdlet:
        """Get-CsCertificate: those in use, and no others."""
        declaration = Declaration(
            "Get-CsCertificate",
            f"{_DEPLOYMENT}.GetCertificateCmdlet",
            (Parameter("Type", STRING, position=0),),
        )
        return HostCmdlet(declaration, self._show_certificate)

    def readiness(self) -> HostCmdlet:
        """Get-CsPoolUpgradeReadinessState, or what has replaced it, which takes no parameter.

        What Get-CsUpgradeDomainInfo shows is not documented: here it shows what the other one does.
        """
        name = self._pool.spec.release.tells_readiness_by
        declaration = Declaration(name, f"{MANAGEMENT}.Hadr.{name.replace('-Cs', '')}Cmdlet", ())
        return HostCmdlet(declaration, self._show_readiness)

    def fabric_state(self) -> HostCmdlet:
        """Get-CsPoolFabricState: text."""
        declaration = Declaration(
            "Get-CsPoolFabricState",
            f"{MANAGEMENT}.Hadr.GetPoolFabricStateCmdlet",
            (Parameter("PoolFqdn", STRING, mandatory=True), Parameter("Type", _FABRIC_TYPE.parameter)),
        )
        return HostCmdlet(declaration, self._show_fabric)

    async def _show_certificate(self, call: HostCall) -> None:
        found = call.host.stores.my.find(self._front_end.certificate)
        if found is None or call.arguments.get("Type", "Default").lower() != "default":
            return
        certificate: x509.Certificate = found.certificate
        call.streams.output(
            PSObject(
                (f"{_DEPLOYMENT}.CertificateReference", "System.Object"),
                found.thumbprint,
                {
                    "Issuer": certificate.issuer.rfc4514_string(),
                    "NotAfter": call.local(certificate.not_valid_after_utc),
                    "NotBefore": call.local(certificate.not_valid_before_utc),
                    "SerialNumber": f"{certificate.serial_number:X}",
                    "Subject": certificate.subject.rfc4514_string(),
                    "AlternativeNames": sorted(names_of(certificate)),
                    "Thumbprint": found.thumbprint,
                    "EffectiveDate": None,
                    "PreviousThumbprint": None,
                    "UpdateTime": None,
                    "Use": "Default",
                    "SourceScope": "Local",
                },
            )
        )

    async def _show_readiness(self, call: HostCall) -> None:
        membership = self._pool.membership
        domains: list[Value] = [
            PSObject(
                (f"{MANAGEMENT}.Hadr.UpgradeDomain", "System.Object"),
                f"UpgradeDomain{number}",
                {
                    "Name": f"UpgradeDomain{number}",
                    "FrontEnds": list(domain),
                    "ReadyForUpgrade": self._pool.state == "Ready" and self._pool.is_sound_without(domain),
                },
            )
            for number, domain in enumerate(self._pool.domains, 1)
        ]
        call.streams.output(
            PSObject(
                (f"{MANAGEMENT}.Hadr.PoolUpgradeReadinessState", "System.Object"),
                self._pool.fqdn,
                {
                    "PoolFqdn": self._pool.fqdn,
                    "PoolUpgradeState": _UPGRADE_STATE(self._pool.state),
                    "TotalFrontEnds": len(membership.members),
                    "TotalActiveFrontEnds": len(membership.running),
                    "UpgradeDomains": domains,
                },
            )
        )

    async def _show_fabric(self, call: HostCall) -> None:
        asked = call.arguments["PoolFqdn"]
        if (pool := self._deployment.pools.get(asked.lower())) is None:
            raise call.error("ItemNotFound", f'Cannot find pool "{asked}".', category="ObjectNotFound")
        lines = [
            f"Pool Fabric State for pool {pool.fqdn}",
            "",
            *fabric.shown(pool.groups, pool.membership.having),
        ]
        if self._deployment.variants.fabric_text is FabricText.WHOLE:
            lines = ["\r\n".join(lines)]
        for line in lines:
            call.streams.output(line)
