"""New-ExchangeCertificate: a self-signed certificate at once, or a request (field notes 1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call, State
from um_operator.lab.exchange.certificates import enabling, names, services, view
from um_operator.lab.exchange.certificates.files import file_data, refuse_file, request_text
from um_operator.lab.exchange.certificates.lookup import KIND, NAMESPACE, Machine, machine
from um_operator.lab.exchange.certificates.making import Wanted, request, self_signed
from um_operator.lab.exchange.identity import SERVER
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.refusals import invalid
from um_operator.lab.powershell import Invocation, PSObject
from um_operator.lab.values import ANYTHING, BOOLEAN, INTEGER, STRING, SWITCH, multi_valued

_CERTIFICATE = frozenset({"Certificate"})
_REQUEST = frozenset({"Request"})
_KEY_SIZES = (1024, 2048, 4096)
_DEFAULT_KEY_SIZE = 2048
_LONGEST_FRIENDLY_NAME = 64
_INCLUDE = (
    "IncludeAcceptedDomains",
    "IncludeAutoDiscover",
    "IncludeServerFQDN",
    "IncludeServerNetBIOSName",
)


def _new(call: Call) -> None:
    at = machine(call)
    if call.bound.parameter_set == "Request":
        refuse_file(call, "RequestFile")
        _make_request(call, at)
    else:
        _make_certificate(call, at)


def _make_certificate(call: Call, at: Machine) -> None:
    wanted = call.value("Services", services.BY_DEFAULT)
    enabling.check_services(call, at, wanted)
    made = self_signed(_wanted(call, at), call.organization.clock.now())
    enabling.ask_about_smtp(call, at, made, wanted)
    after: State = {"Subject": made.certificate.subject.rfc4514_string(), "HasPrivateKey": True}
    if call.act(KIND, f"{at.fqdn}\\{made.thumbprint}", None, after, lambda: at.host.stores.my.add(made)):
        enabling.bind(call, at, made, wanted)
        view.show(call, at, made)


def _make_request(call: Call, at: Machine) -> None:
    made = request(_wanted(call, at), call.organization.clock.now())
    stand_in = made.stand_in.thumbprint
    after: State = {"Subject": made.request.subject.rfc4514_string(), "Status": "PendingRequest"}
    if not call.act(
        KIND, f"{at.fqdn}\\{stand_in}", None, after, lambda: at.host.stores.requests.update({stand_in: made})
    ):
        return
    if call.value("BinaryEncoded", False):
        call.streams.output(file_data(made.request.public_bytes(Encoding.DER)))
    else:
        call.streams.output(request_text(made.request))


def _wanted(call: Call, at: Machine) -> Wanted:
    size = call.value("KeySize", _DEFAULT_KEY_SIZE)
    if size not in _KEY_SIZES:
        raise invalid("KeySize", f"The key size {size} is none of {', '.join(map(str, _KEY_SIZES))}.")
    friendly_name = call.value("FriendlyName", "Microsoft Exchange")
    if len(friendly_name) >= _LONGEST_FRIENDLY_NAME:
        raise invalid("FriendlyName", f"The value must be shorter than {_LONGEST_FRIENDLY_NAME} characters.")
    model = _model(call)
    subject = _subject(call, at, model)
    return Wanted(
        subject=subject,
        names=names.alternative_names(subject, _domains(call, at, model)),
        key=call.organization.keys.take(size),
        exportable=call.value("PrivateKeyExportable", False),
        friendly_name=friendly_name,
    )


def _model(call: Call) -> x509.Certificate | None:
    """The certificate that came down the pipeline, to be renewed."""
    given = call.value("Instance")
    raw = given.properties.get("RawData") if isinstance(given, PSObject) else None
    return x509.load_der_x509_certificate(raw) if isinstance(raw, bytes) else None


def _subject(call: Call, at: Machine, model: x509.Certificate | None) -> x509.Name:
    if (text := call.value("SubjectName")) is not None:
        return names.subject(text)
    return model.subject if model else names.subject(f"CN={at.server.name}")


def _domains(call: Call, at: Machine, model: x509.Certificate | None) -> Iterator[str]:
    """The server's names unless domains or a switch say something else."""
    given = [name for name in getattr(call.value("DomainName"), "values", ()) if name]
    included = {switch for switch in _INCLUDE if call.value(switch, False)}
    yield from given
    if model and not given:
        yield from names.dns_names(model)
    elif not given and not included:
        included = {"IncludeServerFQDN", "IncludeServerNetBIOSName"}
    domain = call.organization.directory.domain
    offered = (domain, f"autodiscover.{domain}", at.fqdn, at.server.name)
    for switch, name in zip(_INCLUDE, offered, strict=True):
        if switch in included:
            yield name


async def _make_key(organization: Organization, invocation: Invocation) -> None:
    size = invocation.parameters.get("KeySize", _DEFAULT_KEY_SIZE)
    if isinstance(size, int) and size in _KEY_SIZES:
        await organization.keys.prepare(size)


CMDLETS = (
    cmdlet(
        "New-ExchangeCertificate",
        _new,
        Parameter("GenerateRequest", SWITCH, mandatory=True, sets=_REQUEST),
        Parameter("BinaryEncoded", SWITCH, sets=_REQUEST),
        Parameter("RequestFile", STRING, sets=_REQUEST),
        Parameter("Services", services.SERVICES, sets=_CERTIFICATE),
        Parameter("Server", SERVER),
        Parameter("SubjectName", STRING),
        Parameter("DomainName", multi_valued(STRING)),
        Parameter("FriendlyName", STRING),
        Parameter("KeySize", INTEGER),
        Parameter("PrivateKeyExportable", BOOLEAN),
        Parameter("SubjectKeyIdentifier", STRING),
        *(Parameter(switch, SWITCH) for switch in _INCLUDE),
        Parameter("Force", SWITCH),
        Parameter("Instance", ANYTHING, piped=True),
        default_set="Certificate",
        prepare=_make_key,
        namespace=NAMESPACE,
    ),
)
