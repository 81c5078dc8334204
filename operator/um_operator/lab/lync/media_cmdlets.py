"""Get- and Set-CsMediaConfiguration (field notes 3.5)."""

from __future__ import annotations

from typing import Final

from um_operator.lab.binding import Parameter
from um_operator.lab.lync.call import MANAGEMENT, LyncCall, cmdlet
from um_operator.lab.lync.media import GLOBAL
from um_operator.lab.lync.spec import Encryption
from um_operator.lab.values import STRING, EnumType

KIND: Final = "CsMediaConfiguration"
_LEVEL: Final = EnumType.of(
    f"{MANAGEMENT}.WritableConfig.Settings.Media.EncryptionLevel",
    "SupportEncryption",
    "RequireEncryption",
    "DoNotSupportEncryption",
)


async def _get(call: LyncCall) -> None:
    asked: str | None = call.value("Identity")
    found = [one for one in call.deployment.media if asked is None or one[0].lower() == asked.lower()]
    if asked is not None and not found:
        raise call.not_found("MediaSettings", asked)
    for identity, level in found:
        call.output(
            "WritableConfig.Settings.Media.MediaSettings",
            identity,
            {
                "Identity": identity,
                "EnableQoS": False,
                "EncryptionLevel": _LEVEL(level.value),
                "EnableSiren": False,
                "MaxVideoRateAllowed": "VGA600K",
            },
        )


async def _set(call: LyncCall) -> None:
    asked = call.value("Identity", GLOBAL)
    if (found := call.deployment.media.find(asked)) is None:
        raise call.not_found("MediaSettings", asked)
    identity, before = found
    after = Encryption(call.arguments["EncryptionLevel"].name)
    if call.should_process():
        call.act(
            KIND,
            identity,
            {"EncryptionLevel": before.value},
            {"EncryptionLevel": after.value},
            lambda: call.deployment.media.set(identity, after),
        )
        call.deployment.store.publish()


CMDLETS = (
    cmdlet("Get-CsMediaConfiguration", _get, Parameter("Identity", STRING, position=0), namespace="Internal"),
    cmdlet(
        "Set-CsMediaConfiguration",
        _set,
        Parameter("Identity", STRING, position=0),
        Parameter("EncryptionLevel", _LEVEL.parameter, mandatory=True),
        namespace="Internal",
    ),
)
