"""WSMan faults: code, SOAP code and subcode, text and detail, as Windows sends them.

Shapes of 2150858843, 2150858767 and 2150858793 are those of recorded dialogues; the other codes are
Windows' ERROR_WSMAN_* constants with the SOAP subcodes that DSP0226 gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
_FAULT_NS = 'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"'
_SELECTORS = (
    "The WS-Management service cannot process the request because the request contained invalid selectors "
    "for the resource. "
)


@dataclass(eq=False)
class WSManFault(Exception):  # noqa: N818 - WSMan's own word
    """A request that is answered by a SOAP fault, with HTTP status 500.

    ``provider`` and ``plugin`` wrap the text as the fault of PowerShell's and of the cmd shell's plug-in;
    ``detail`` is the last part of a wsman faultDetail URI.
    """

    code: int
    subcode: str
    reason: str
    message: str = ""
    sender: bool = True
    detail: str = ""
    provider: bool = False
    plugin: bool = False

    def body(self, machine: str) -> str:
        """Return the ``s:Fault`` element; ``machine`` is the host name that it names."""
        text = escape(self.message or self.reason)
        attributes = f'{_FAULT_NS} Code="{self.code}" Machine="{escape(machine)}"'
        if self.provider:
            text = (
                '<f:ProviderFault provider="Shell provider" path="%systemroot%\\system32\\WsmSvc.dll">'
                f"<f:WSManFault {attributes}><f:Message>{text}</f:Message></f:WSManFault></f:ProviderFault>"
            )
        if self.plugin:
            text = (
                '<f:ProviderFault provider="Shell cmd plugin" path="%systemroot%\\system32\\winrscmd.dll">'
                f"{text}</f:ProviderFault>"
            )
        detail = f"<w:FaultDetail>{_DETAIL}{self.detail}</w:FaultDetail>" if self.detail else ""
        return (
            f"<s:Fault><s:Code><s:Value>s:{'Sender' if self.sender else 'Receiver'}</s:Value>"
            f"<s:Subcode><s:Value>{self.subcode}</s:Value></s:Subcode></s:Code>"
            f'<s:Reason><s:Text xml:lang="en-US">{escape(self.reason)}</s:Text></s:Reason>'
            f"<s:Detail>{detail}<f:WSManFault {attributes}><f:Message>{text}</f:Message></f:WSManFault>"
            "</s:Detail></s:Fault>"
        )


def shell_not_found() -> WSManFault:
    """The shell of the request does not exist (any more)."""
    return WSManFault(
        2150858843, "w:InvalidSelectors", _SELECTORS, detail="UnexpectedSelectors", provider=True
    )


def command_not_found() -> WSManFault:
    """The command of the request does not exist in its shell."""
    text = (
        "The Windows Remote Shell received a request to perform an operation on a command identifier that "
        "does not exist. Either the command has completed execution or the client specified an invalid "
        "command identifier. "
    )
    return WSManFault(2150858843, "w:InvalidSelectors", _SELECTORS, text, detail="UnexpectedSelectors")


def file_not_found() -> WSManFault:
    """The cmd shell starts no program of that name."""
    text = "The system cannot find the file specified. "
    return WSManFault(2147942402, "w:InternalError", text, sender=False, plugin=True)


def invalid_parameter() -> WSManFault:
    """The cmd shell was asked for the output of no command."""
    text = "The parameter is incorrect. "
    return WSManFault(87, "w:InvalidParameter", text, detail="InvalidValue", plugin=True)


def access_denied() -> WSManFault:
    """The account may not use the session configuration."""
    return WSManFault(5, "w:AccessDenied", "Access is denied. ")


def timed_out() -> WSManFault:
    """Nothing to send within OperationTimeout: the client asks again."""
    text = (
        "The WS-Management service cannot complete the operation within the time specified in "
        "OperationTimeout.  "
    )
    return WSManFault(2150858793, "w:TimedOut", text, sender=False)


def invalid_timeout(text: str) -> WSManFault:
    """The header's OperationTimeout is no duration, or a negative one."""
    return WSManFault(
        2150858767,
        "a:InvalidMessageInformationHeader",
        "The WS-Management service cannot process the request. The request contains one or more invalid SOAP "
        "headers. ",
        "The WS-Management service cannot process the request. The XML contains an invalid timeout field in "
        f"the SOAP header: {text}. ",
    )


def invalid_resource(uri: str) -> WSManFault:
    """No session configuration or resource of this name behind the path."""
    text = (
        "The WS-Management service cannot process the request. The resource URI is missing or it has an "
        f"incorrect format: {uri}. "
    )
    return WSManFault(2150858811, "w:InvalidResourceURI", text)


def invalid_xml() -> WSManFault:
    """The request is no SOAP envelope, or its PSRP data cannot be read."""
    text = "The WS-Management service cannot process the request because the XML is invalid. "
    return WSManFault(2150858819, "w:SchemaValidationError", text)


def action_not_supported(action: str) -> WSManFault:
    """The resource has no such action."""
    text = (
        f"The WS-Management service cannot process the request because the action {action} is not compatible "
        "with the resource. "
    )
    return WSManFault(2150858801, "w:ActionMismatch", text)


def already_exists() -> WSManFault:
    """A shell of this id is open already."""
    text = "The WS-Management service cannot create the resource because it already exists. "
    return WSManFault(2150858803, "w:AlreadyExists", text)


def in_use() -> WSManFault:
    """A second Receive of another message while one is under way on the same stream."""
    text = (
        "The WS-Management service cannot complete the WS-Addressing Action URI in the request because the "
        "resource was already in use. "
    )
    return WSManFault(2150858802, "w:Concurrency", text)


def envelope_too_large() -> WSManFault:
    """The request is larger than MaxEnvelopeSizekb."""
    text = (
        "The WS-Management service cannot process the request because the encoding of the request exceeds an "
        "internal encoding limit. Reconfigure the client to send messages which fit the encoding limits of "
        "the service. "
    )
    return WSManFault(2150858805, "w:EncodingLimit", text)


def too_many_shells(limit: int) -> WSManFault:
    """The user holds as many shells as the quota allows (field notes 3)."""
    text = (
        "The WS-Management service cannot process the request. This user is allowed a maximum number of "
        f"{limit} concurrent shells, which has been exceeded. Close existing shells or raise the quota for "
        "this user. "
    )
    return WSManFault(2150859173, "w:QuotaLimit", text)


def too_many_commands() -> WSManFault:
    """The shell holds as many commands as the quota allows: the client terminated none."""
    text = (
        "The WS-Management service cannot process the request. The maximum number of concurrent commands per "
        "shell has been exceeded. Retry the request later or raise the Maximum Commands per Shell quota. "
    )
    return WSManFault(2150859241, "w:InternalError", text, sender=False)


def user_load_exceeded(requests: int, seconds: int, wait_milliseconds: int) -> WSManFault:
    """The user's load quota is used up (field notes 3)."""
    text = (
        "The WS-Management service cannot process the request. The user load quota of "
        f"{requests} requests per {seconds} seconds has been exceeded. Send future requests at a slower rate "
        "or raise the quota for this user. The next request from this user will not be approved for at least "
        f"{wait_milliseconds} milliseconds. "
    )
    return WSManFault(2150859175, "w:QuotaLimit", text)
