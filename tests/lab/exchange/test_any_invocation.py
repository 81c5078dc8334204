"""Whatever is sent, a cmdlet answers with rows or with an error of its own, and the journal stays true."""

import contextlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificate_bench import PASSWORD, leaf
from exchange_bench import DC1, DC2, Bench, Collected
from um_operator.lab.binding import ConversionError, Parameter
from um_operator.lab.exchange.cmdlets import CMDLETS
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.powershell import CmdletError, EnumValue, Invocation, PSObject, SecureString, Value
from um_operator.lab.variants import Variants

KNOWN: list[Value] = [
    None, True, False, 0, 1, 4, 5061, -1, 2**31, 2**40, 1.5, "", " ", "PBX", "Lync", "sbc01", "sbc01\\main",
    "ex01", "exold", "ex01\\AB", "49", "+4989555", "10.0.0.1", "fe80::1", "sbc09.contoso.com", "Secured",
    "SipName", "TLS", "Disabled", "de-DE", "10.00:00:00", "1 GB", "unlimited", DC1, DC2, "dc99",
    "CN=PBX,DC=x", "x" * 300, "a/b", "Germany,0*,0*,x", b"bytes", UUID(int=7),
    datetime(2026, 1, 5, tzinfo=UTC), timedelta(1), SecureString("a very secret word"),
    "Sidelined", "Draining", "UMCallRouter", "UM,UMCallRouter", leaf().pfx(), PASSWORD,
    EnumValue("T", "Dual", 2),    PSObject(("T",), "PBX", {"Name": "PBX"}),
    ["PBX", None], [[]], {"Add": "Lync"}, {"Add": ["Lync"], "Remove": "Lync"}, {"Other": 1}, {},
]  # fmt: skip
BY_NAME = {cmdlet.declaration.name: cmdlet.declaration for cmdlet in CMDLETS}


def taken(parameter: Parameter) -> list[Value]:
    """Those of the values that bind to a parameter."""
    found = []
    for value in KNOWN:
        with contextlib.suppress(ConversionError):
            parameter.type.convert(value)
            found.append(value)
    return found


TAKEN = {(name, p.name): taken(p) for name, known in BY_NAME.items() for p in known.parameters}


@st.composite
def invocations(draw: st.DrawFn, name: str) -> Invocation:
    """A cmdlet with some of its parameters, what it must have among them; now and then of a wrong type."""
    parameters = [p.name for p in BY_NAME[name].parameters if p.name not in ("Confirm", "DomainController")]
    mandatory = [p.name for p in BY_NAME[name].parameters if p.mandatory and not p.sets]
    chosen = draw(st.lists(st.sampled_from(parameters), max_size=3)) + mandatory
    wrong = draw(st.integers(0, 9)) == 0
    values: dict[str, Value] = {} if name.startswith("Get-") else {"Confirm": False}
    for parameter in dict.fromkeys(chosen):
        values[parameter] = draw(st.sampled_from(KNOWN if wrong else TAKEN[name, parameter]))
    return Invocation(name, values)


def furnished(variants: Variants) -> Bench:
    bench = Bench(variants=variants)
    bench.plan("PBX")
    bench.plan("Lync", URIType="SipName")
    bench.gateway("sbc01")
    bench.link("sbc01", "PBX", "main")
    return bench


def world(bench: Bench) -> list[object]:
    return [*_directory(bench), *_machines(bench)]


def _machines(bench: Bench) -> list[object]:
    hosts = [server.host for server in bench.organization.um_servers.values()]
    return [
        [
            [entry.thumbprint for entry in host.stores.my],
            list(host.stores.requests),
            [bench.organization.bindings.of(host.fqdn, entry.thumbprint) for entry in host.stores.my],
            [entry for name in host.components.names for entry in host.components.entries(name)],
        ]
        for host in hosts
    ]


def _directory(bench: Bench) -> list[object]:
    return [
        (o.name, sorted(o.attributes.items(), key=lambda item: item[0]))
        for dc in (DC1, DC2)
        for kind in Kind
        for o in bench.organization.directory.copy(dc).all(kind)
    ]


@pytest.mark.parametrize("variants", [Variants(), Variants.others()], ids=["defaults", "others"])
@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_invocation(name: str, variants: Variants, data: st.DataObject) -> None:
    bench = furnished(variants)
    for _ in range(4):
        before, effects = world(bench), len(bench.journal.effects)
        with contextlib.suppress(CmdletError):
            bench.shell.execute(data.draw(invocations(name)), bench.caller, Collected())
        changed = world(bench) != before
        assert changed is any(effect.changed for effect in bench.journal.effects[effects:])
        assert not (changed and name.startswith("Get-"))
    assert not any("a very secret word" in line for line in bench.journal.lines())
