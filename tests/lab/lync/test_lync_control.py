"""A second terminal changes Lync by hand: contacts as OcsUmUtil makes them, services, replication."""

from __future__ import annotations

import json

from lynclab import POOL, SE
from um_operator.lab.clock import Clock
from um_operator.lab.control import Control
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.presets import smallest, with_lync


async def test_cmdlets_of_lync_run_at_a_computer_of_it() -> None:
    async with Lab.start(with_lync(smallest()), clock=Clock.frozen(), times=INSTANT) as lab:
        control = Control(lab)

        async def ask(do: str, **details: object) -> dict[str, object]:
            return await control.answer(json.dumps({"do": do, **details}).encode())

        told = await ask("change", cmdlet="Get-CsPool", positional=[POOL])
        assert told["ok"] is True
        assert f"'Fqdn': '{POOL}'" in str(told["rows"])
        contact = {
            "DialPlan": "Contoso-Lync",
            "OU": "OU=UM Contacts,DC=contoso,DC=com",
            "Name": "SA",
            "SipAddress": "sip:sa@contoso.com",
            "Pool": POOL,
            "PhoneNumber": "+4989555004900",
            "Type": "SubscriberAccess",
        }
        refused = await ask("change", cmdlet="OcsUmUtil", parameters=contact)
        assert "Load Data does not list" in str(refused["error"])
        changed = {"EncryptionLevel": "SupportEncryption"}
        assert (await ask("change", cmdlet="Set-CsMediaConfiguration", parameters=changed))["ok"] is True
        assert lab.lync is not None
        store = lab.lync.deployment.store
        assert not any(store.is_up_to_date(replica) for replica in store.replicas)
        assert (await ask("replicate"))["ok"] is True
        assert all(store.is_up_to_date(replica) for replica in store.replicas)
        assert (await ask("down", server=SE))["ok"] is True
        assert not lab.host(SE).up
        assert (await ask("up", server=SE))["ok"] is True
        assert (await ask("change", cmdlet="New-UMDialPlan", positional=["X"]))["ok"] is False
