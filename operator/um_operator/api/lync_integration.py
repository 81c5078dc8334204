"""LyncIntegration: which Lync pools work with which SIP dial plans of Exchange UM, and how they stay so.

Lync stands for Lync Server 2013 and Skype for Business Server 2015 as well as for what they call themselves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from um_operator.api.connection import Authentication, SessionConfiguration
from um_operator.api.durations import Between, Duration
from um_operator.api.lync_status import MAX_DIAL_PLANS, MAX_POOLS, LyncIntegrationStatus
from um_operator.api.meta import ObjectKey, Resource
from um_operator.api.model import ListOf, Model, at_most, computed, keyed_by, source
from um_operator.api.owned import DriftPath, OwnedSpec
from um_operator.api.references import CARef
from um_operator.api.strings import Fqdn, KubernetesName, Port, Sha256
from um_operator.api.text import Text

PERMISSIONS_CONFIGURATION = "UMOperatorPermissions"
"""The session configuration on an Exchange server in which ExchUcUtil.ps1 runs (deploy/jea)."""

DistinguishedName = Annotated[
    str,
    Text(
        1024,
        r"^[A-Za-z]+=[^\x00-\x1f]+$",
        'must be a distinguished name, such as "OU=UM Contacts,DC=contoso,DC=com"',
    ),
]
"""An LDAP distinguished name (RFC 4514)."""

RestartPolicy: TypeAlias = Literal["OnApproval", "Automatic", "Never"]
RestartStrategy: TypeAlias = Literal["Auto", "UpgradeDomain", "Server"]


class LyncPool(Model):
    """A Front End pool, or a Standard Edition server, which is a pool of its own name."""

    fqdn: Fqdn
    """Its FQDN, as Get-CsPool shows it; edition, version and front ends are read from the topology."""
    port: Annotated[Port | None, computed("5061")] = None
    """The port at which its front ends take SIP over TLS: that of the pool's UM IP gateway."""


class IntegratedDialPlan(Model):
    """A SIP dial plan that the pools use."""

    name: KubernetesName
    """metadata.name of the UMDialPlan, in the same namespace."""
    outbound_gateway: Annotated[Fqdn | None, computed("where there is one pool: that pool")] = None
    """The address of the one gateway of this plan through which UM places calls (-OutcallsAllowed). Its other
    gateways get it taken away (R20)."""


class LyncPermissions(Model):
    """Lync's right to read UM's objects in Active Directory, which ExchUcUtil.ps1 gives."""

    policy: Literal["Verify", "Run"] = "Verify"
    """Verify: that it is missing is only said. Run: the script is run on ``server``, for a new pool or plan
    again."""
    server: Fqdn | None = None
    """The Exchange server on which the script runs; required for Run."""
    forest: Annotated[Fqdn | None, computed("the forest of Exchange")] = None
    """The forest in which Lync is, where it is another one (-Forest)."""
    configuration_name: SessionConfiguration = PERMISSIONS_CONFIGURATION
    """The session configuration (JEA endpoint) of that server that runs the script, and nothing else."""
    authentication: Annotated[
        Authentication | None, computed("the authentication of the hosts of Exchange")
    ] = None
    """The account that may enter it."""


class LyncContacts(Model):
    """The contacts by which Lync finds UM's numbers; a person makes them in OcsUmUtil.exe, a GUI."""

    policy: Literal["Require", "Ignore"] = "Require"
    """Require: as long as one is missing, a person is told what to type. Ignore: nobody looks."""
    organizational_unit: DistinguishedName | None = None
    """Where a person is told to make them."""
    sip_domain: Annotated[Fqdn | None, computed("not told")] = None
    """The domain of the SIP addresses that a person is told to give them."""
    pool: Annotated[Fqdn | None, computed("the first of pools")] = None
    """Which of ``pools`` a person is told to register them with."""


class LyncTrust(Model):
    """Trust between the hosts of Lync and the Exchange servers, in both directions (R5)."""

    policy: Literal["Install", "Verify"] = "Install"
    """Install: the CA of the UM certificates gets into the stores of the Lync hosts. Verify: that it is
    missing is only said."""
    ca_ref: CARef | None = None
    """Who signed the certificates of the front ends; the Exchange servers get it."""
    attested: Annotated[ListOf[Sha256], at_most(16)] = ()
    """CAs of which a person says that every Lync host trusts them, such as ``status.trustBundle.sha256`` of a
    UMCertificate."""
    on_untrusted_peer: Literal["Hold", "Proceed"] = "Hold"
    """Whether a new chain waits for a Lync host that does not show that it trusts it (R6)."""


class FrontEndRestart(Model):
    """How the Front-End service is restarted, without which Lync does not come to know UM."""

    policy: RestartPolicy = "OnApproval"
    """OnApproval: only by an approved plan, in mode Enforce as well, for it interrupts Enterprise Voice,
    emergency calls included (R22). Never: a person does it."""
    strategy: RestartStrategy = "Auto"
    """What is restarted at one time: an upgrade domain (Lync Server 2013), a server (later ones); Auto
    chooses by the version."""
    drain_timeout: Annotated[
        Annotated[Duration, Between("0s", "12h")], source("cmdlet page Stop-CsWindowsService")
    ] = timedelta(hours=1)
    """How long sessions may take to end (-Graceful, which itself knows no limit); then nothing more is
    stopped, and what was stopped is started."""


class LyncIntegrationSpec(OwnedSpec):
    """What is wanted between UM and Lync."""

    pools: Annotated[ListOf[LyncPool], keyed_by("fqdn"), at_most(MAX_POOLS, at_least=1)]
    """The pools that use UM."""
    dial_plan_refs: Annotated[
        ListOf[IntegratedDialPlan], keyed_by("name"), at_most(MAX_DIAL_PLANS, at_least=1)
    ]
    """The SIP dial plans that they use; every Exchange server becomes a member of each."""
    permissions: LyncPermissions = LyncPermissions()
    """Lync's right to read UM's objects."""
    contacts: LyncContacts = LyncContacts()
    """The contacts by which Lync finds UM's numbers."""
    trust: LyncTrust = LyncTrust()
    """Trust between the hosts of Lync and the Exchange servers."""
    front_end_restart: FrontEndRestart = FrontEndRestart()
    """How the Front-End service is restarted."""
    ignore_drift: Annotated[ListOf[DriftPath], at_most(64)] = ()
    """Fields, by their path in ``status.drift``, whose drift is neither corrected nor reported."""


class LyncIntegration(Resource):
    """Exchange UM and Lync or Skype for Business, working together over mutual TLS."""

    kind: Literal["LyncIntegration"] = "LyncIntegration"
    """The kind."""
    spec: LyncIntegrationSpec
    """What is wanted."""
    status: LyncIntegrationStatus = Field(default=LyncIntegrationStatus(), exclude=True)
    """What is: written by the operator."""

    @property
    def key(self) -> ObjectKey:
        """Return the key by which the operator knows the resource."""
        return ObjectKey(self.kind, self.metadata.name)
