"""The cmdlet host behind the recorded JEA endpoint: Get-Item for one setting of WSMan, and for a file."""

from __future__ import annotations

from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Streams, Value

_SETTING = "Microsoft.WSMan.Management.WSManConfigLeafElement"
_SETTING_TYPES = (_SETTING, "Microsoft.WSMan.Management.WSManConfigElement", "System.Object")
_PROVIDER = "Microsoft.WSMan.Management\\WSMan"
_DRIVES = (
    "System.Collections.ObjectModel.Collection`1[[System.Management.Automation.PSDriveInfo, "
    "System.Management.Automation, Version=3.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]"
)


class JEAHost:
    """Answers as the recorded endpoint did; anything else is a defect of the replay."""

    async def run(self, invocation: Invocation, caller: Caller, streams: Streams) -> None:
        assert (invocation.cmdlet, caller.endpoint) == ("Get-Item", "JEARole")
        if str(invocation.parameters["Path"]).startswith("WSMan:"):
            streams.output(_setting())
            return
        message = "Cannot find a provider with the name 'FileSystem'."
        streams.error(
            CmdletError(
                message,
                "ProviderNotFound,Microsoft.PowerShell.Commands.GetItemCommand",
                "ObjectNotFound",
                "System.Management.Automation.ProviderNotFoundException",
                target="FileSystem",
                exception_properties={
                    "ErrorRecord": message,
                    "ItemName": "FileSystem",
                    "SessionStateCategory": "CmdletProvider",
                    "WasThrownFromThrowStatement": False,
                },
            )
        )


def _setting() -> PSObject:
    unknown = PSObject((), "", {}, base="")
    credential = "System.Management.Automation.PSCredential"
    drive = PSObject(
        ("System.Management.Automation.PSDriveInfo", "System.Object"),
        "WSMan",
        {
            "CurrentLocation": "",
            "Name": "WSMan",
            "Provider": _PROVIDER,
            "Root": "",
            "Description": "Root of WsMan Config Storage.",
            "MaximumSize": None,
            "Credential": PSObject(
                (credential, "System.Object"), credential, {"UserName": None, "Password": None}
            ),
            "DisplayRoot": None,
        },
        notes={"Used": unknown, "Free": unknown},
    )
    provider = PSObject(
        ("System.Management.Automation.ProviderInfo", "System.Object"),
        _PROVIDER,
        {
            "ImplementingType": "Microsoft.WSMan.Management.WSManConfigProvider",
            "HelpFile": "Microsoft.WSMan.Management.dll-Help.xml",
            "Name": "WSMan",
            "PSSnapIn": "Microsoft.WSMan.Management",
            "ModuleName": "Microsoft.WSMan.Management",
            "Module": None,
            "Description": "",
            "Capabilities": "Credentials",
            "Home": "",
            "Drives": PSObject((_DRIVES, "System.Object"), "", {}, items=(drive,)),
        },
    )
    notes: dict[str, Value] = {
        "PSPath": f"{_PROVIDER}::localhost\\Service\\AllowUnencrypted",
        "PSParentPath": f"{_PROVIDER}::localhost\\Service",
        "PSChildName": "AllowUnencrypted",
        "PSDrive": drive,
        "PSProvider": provider,
        "PSIsContainer": False,
    }
    element = PSObject(
        _SETTING_TYPES,
        _SETTING,
        {
            "SourceOfValue": None,
            "Value": "true",
            "Name": "AllowUnencrypted",
            "TypeNameOfElement": "System.String",
            "Type": "System.String",
        },
        notes=notes,
    )
    return PSObject(_SETTING_TYPES, _SETTING, {}, notes=notes, base=element)
