"""An operator at work on a lab: the same composition as umctl, in this process, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import yaml

from estate.declarations import Declarations
from um_operator.api.meta import ObjectKey
from um_operator.app import connection, exchange
from um_operator.engine import scopes
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import OnePass, Planner, Report
from um_operator.engine.ports import Event
from um_operator.engine.settle import settle
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.powershell import EnumValue, PSObject, Value
from um_operator.local.events import LocalEvents
from um_operator.local.manifests import read_manifests
from um_operator.local.workspace import Target, open_workspace
from um_operator.planning.planner import make_plan
from um_operator.remoting import connect_to

REPOSITORY = Path(__file__).parents[2]
FIRST_STEPS = REPOSITORY / "examples" / "first-steps"
CONTOSO = REPOSITORY / "examples" / "contoso"
OF_A_CLUSTER = frozenset({"certificate.yaml"})
CONTOSO_ALONE = [path for path in sorted(CONTOSO.glob("*.yaml")) if path.name not in OF_A_CLUSTER]
"""The larger example but for its certificate, which is cert-manager's: that works in a cluster."""
LONG_ENOUGH = timedelta(hours=2)
NAP = timedelta(minutes=1)
"""How late an operator is here that wants to look again in seconds: emptying a gateway takes 25 minutes."""
SERVERS_HAVE_READ = timedelta(minutes=15)
"""After replication and one poll every server knows what was written."""


@dataclass(frozen=True)
class Hurrying:
    """The lab's clock for an operator that need not wait: where it sleeps, time jumps."""

    clock: Clock

    def now(self) -> datetime:
        """Return the lab's present instant."""
        return self.clock.now()

    async def sleep_until(self, instant: datetime) -> None:
        """Jump there or a nap further, and give the estate's own tasks a turn."""
        self.clock.advance(max(instant - self.clock.now(), NAP))
        await asyncio.sleep(0.02)


@dataclass
class Operator:
    """An operator with a folder of manifests and a state of its own."""

    lab: Lab
    folders: list[Path]
    state: Path
    planner: Planner = make_plan
    events: list[Event] = field(default_factory=list)
    declarations: Declarations = field(default_factory=Declarations)

    async def apply(
        self, *, delete: AbstractSet[ObjectKey] = frozenset(), within: timedelta = LONG_ENOUGH
    ) -> Report:
        """Do what ``umctl apply`` (or ``delete``) does, for the one organisation of the manifests."""
        async with self.at_work(delete=delete) as (target, one_pass):
            deadline = self.lab.clock.now() + within
            return await settle(one_pass, target.desired, Hurrying(self.lab.clock), deadline, _nobody)

    def declare(self, *documents: object) -> None:
        """Replace the manifests."""
        write(self.folders[0], documents)

    async def one_pass(self) -> Report:
        """Do a single full pass."""
        async with self.at_work() as (target, one_pass):
            return await one_pass.run(target.desired, scopes.everything(None), await one_pass.recall())

    @asynccontextmanager
    async def at_work(
        self, *, delete: AbstractSet[ObjectKey] = frozenset()
    ) -> AsyncIterator[tuple[Target, OnePass]]:
        """Open the workspace and the connection."""
        clock = self.lab.clock
        going = {(key.kind, key.name) for key in delete}
        self.lab.invariants.declare(self.declarations.allow(self.folders, clock.now(), going))
        with (
            connect_to.installed(connect_to.parse(self.lab.connect_to)),
            open_workspace(
                read_manifests(str(folder) for folder in self.folders),
                self.state,
                writable=True,
                now=clock.now(),
                new_uid=lambda: str(UUID(int=0)),
                delete=delete,
            ) as workspace,
        ):
            [target] = workspace.targets
            async with connection.connected(target.desired.spec, workspace.secrets, clock) as way_in:
                yield (
                    target,
                    exchange.one_pass(
                        way_in,
                        records=target.records,
                        journal=target.journal,
                        events=LocalEvents(self.events.append),
                        lease=workspace.lease,
                        clock=clock,
                        plans=target.plans,
                        identities=Identities(),
                        planner=self.planner,
                    ),
                )


def account_of(lab: Lab) -> Account:
    """Return the operator's account in the estate."""
    return next(a for a in lab.spec.organization.accounts if a.name.endswith("svc-um-operator"))


def credentials(lab: Lab, folder: Path) -> Path:
    """Write the Secret of the operator's account, as ``umctl lab`` does."""
    account = account_of(lab)
    return secret(folder, username=account.name.encode(), password=account.password.encode())


def secret(folder: Path, **data: bytes) -> Path:
    """Write the Secret that the examples name."""
    document = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "exchange-operator"},
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }
    return write(folder, [document])


def certificate_authority(lab: Lab, folder: Path, *, config_map: str = "contoso-root-ca") -> Path:
    """Write the ConfigMap of the CA that signed the lab's HTTPS listeners, as ``umctl lab`` does."""
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": config_map},
        "data": {"ca.crt": lab.authority.pem.decode()},
    }
    return write(folder, [document])


def with_ntlm(organization: Path, folder: Path) -> Path:
    """Write an organisation's manifest again with NTLM: without a KDC there is no Kerberos."""
    document = yaml.safe_load(organization.read_text())
    document["spec"]["exchange"]["authentication"]["method"] = "NTLM"
    for blackout in document["spec"].get("blackouts", ()):
        blackout["startsAt"], blackout["endsAt"] = str(blackout["startsAt"]), str(blackout["endsAt"])
    return write(folder, [document])


def write(folder: Path, documents: Iterable[object]) -> Path:
    """Write manifests into a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(document, ensure_ascii=False) for document in documents)
    (folder / "manifests.yaml").write_text("\n---\n".join(lines))
    return folder


def declaring(lab: Lab, folder: Path, *documents: object) -> Operator:
    """Return an operator with these manifests and the lab's account; its state lies beside them."""
    manifests = write(folder / "manifests", documents)
    return Operator(lab, [manifests, credentials(lab, folder / "secrets")], folder / "state")


def names(lab: Lab, noun: str) -> set[str]:
    """Return the names of all objects of a kind as an administrator sees them at the first server."""
    return {str(row.properties["Name"]) for row in lab.console().run(f"Get-{noun}").rows}


def hunt_groups(lab: Lab, gateway: str) -> set[tuple[str, str]]:
    """Return (dial plan, pilot) of each hunt group of a gateway."""
    rows = lab.console().run("Get-UMHuntGroup").rows
    return {
        (text(row.properties["UMDialPlan"]), text(row.properties["PilotIdentifier"]))
        for row in rows
        if text(row.properties["UMIPGateway"]) == gateway
    }


def text(value: Value) -> str:
    """Return a value as a shell would show it."""
    return (
        value.text
        if isinstance(value, PSObject)
        else value.name
        if isinstance(value, EnumValue)
        else f"{value!s}"
    )


def live(lab: Lab, noun: str, identity: str) -> Mapping[str, Value]:
    """Return an object's properties as an administrator sees them at the first server."""
    [row] = lab.console().run(f"Get-{noun}", parameters={"Identity": identity}).rows
    return row.properties


async def _nobody(_: Report) -> None: ...
