"""What only a person does who sits at a computer: programs with a window, a script in its own shell."""

from __future__ import annotations

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.journal import Author
from um_operator.lab.lync import ocs_um_util
from um_operator.lab.lync.call import LyncCall, LyncCmdlet, cmdlet
from um_operator.lab.lync.deployment import Deployment
from um_operator.lab.lync.exch_uc_util import ExchUcUtil
from um_operator.lab.powershell import PSObject
from um_operator.lab.values import STRING


def by_hand(organization: Organization, deployment: Deployment) -> tuple[LyncCmdlet, ...]:
    """OcsUmUtil, and ExchUcUtil.ps1 in the Exchange Management Shell of a server."""

    async def run(call: LyncCall) -> None:
        server = (call.value("Server") or next(iter(organization.um_servers))).lower()
        author = Author(call.caller.account, server, call.caller.endpoint, "ExchUcUtil.ps1")
        for line in ExchUcUtil(organization, deployment, author).run():
            call.streams.output(PSObject(("System.String",), line, {"Line": line}))

    return (
        ocs_um_util.by_hand(organization.directory),
        cmdlet("ExchUcUtil.ps1", run, Parameter("Server", STRING, position=0)),
    )
