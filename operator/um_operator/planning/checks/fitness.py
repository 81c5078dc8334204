"""Whether an issued certificate is fit for the services of a server: what Exchange, peers and Lync refuse.

Each check reads the certificate's own bytes; whether its chain is trusted is another question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from um_operator.api.certificate import UMCertificateSpec
from um_operator.api.reasons import Reason
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.values import name_key

SMALLEST_KEY: Final = 2048
WEAK_HASHES: Final = frozenset({"md5", "sha1"})


@dataclass(frozen=True, slots=True)
class Use:
    """A certificate beside what it is to be used for.

    Attributes:
        server: FQDN of the server that is to serve it.
        shared: whether every server serves the same one.
        asked_names: DNS names that the spec asks for, in lower case.
        lync: whether Lync or Skype for Business calls these services.
    """

    leaf: CertificateFact
    server: str
    now: datetime
    shared: bool = False
    asked_names: tuple[str, ...] = ()
    lync: bool = False


Check: TypeAlias = Callable[[Use], Iterator[tuple[Reason, str]]]


def out_of_date(use: Use) -> Iterator[tuple[Reason, str]]:
    """Exchange refuses to enable it before and after its dates."""
    if use.now >= use.leaf.not_after:
        yield Reason.EXPIRED, f"it ended at {use.leaf.not_after:%Y-%m-%dT%H:%M:%SZ}"
    elif use.now < use.leaf.not_before:
        yield Reason.NOT_VALID_YET, f"it begins at {use.leaf.not_before:%Y-%m-%dT%H:%M:%SZ}"


def other_key_than_rsa(use: Use) -> Iterator[tuple[Reason, str]]:
    """Exchange and Lync use RSA only (PKI notes 3)."""
    if use.leaf.key_algorithm != "RSA":
        yield Reason.KEY_NOT_FIT, f'its key is "{use.leaf.key_algorithm}", and Exchange uses RSA only'
    elif use.leaf.key_size < SMALLEST_KEY:
        yield Reason.KEY_NOT_FIT, f"its key has {use.leaf.key_size} bits, fewer than {SMALLEST_KEY}"


def weak_signature(use: Use) -> Iterator[tuple[Reason, str]]:
    """Peers with a current TLS library refuse SHA-1."""
    if use.leaf.signature_hash in WEAK_HASHES and not use.leaf.self_issued:
        yield Reason.WEAK_SIGNATURE, f'it is signed with "{use.leaf.signature_hash}"'


def not_for_servers(use: Use) -> Iterator[tuple[Reason, str]]:
    """A certificate that limits its use has to name TLS servers; clients are advised (PKI notes 3)."""
    usages = use.leaf.extended_key_usages
    if usages and "serverAuth" not in usages:
        yield Reason.SERVER_AUTHENTICATION_MISSING, "its extended key usage lacks serverAuth"


def other_names(use: Use) -> Iterator[tuple[Reason, str]]:
    """It has to cover the server's name, and every name that the spec asks for."""
    names = {*use.leaf.dns_names, (use.leaf.common_name or "").lower()}
    wanted = (*(() if use.shared else (name_key(use.server),)), *use.asked_names)
    missing = [name for name in wanted if not covers(names, name)]
    if missing:
        named = ", ".join(f'"{name}"' for name in missing)
        yield Reason.NAME_MISSING, f"it lacks the name {named}"


def unfit_for_lync(use: Use) -> Iterator[tuple[Reason, str]]:
    """Lync trusts no self-signed certificate, and knows its peers by the subject's name (field notes 1.8).

    A CRL distribution point is asked of the certificates of Lync's own servers (Certificate infrastructure
    requirements for Lync Server 2013), and of no peer's: whoever issued it, one without is not refused here.
    """
    if not use.lync:
        return
    if use.leaf.self_issued:
        yield Reason.SELF_SIGNED, "it is self-signed, which Lync does not trust"
    common_name = (use.leaf.common_name or "").lower()
    if "*" in common_name:
        yield (
            Reason.WILDCARD_COMMON_NAME,
            f'its common name "{common_name}" is a wildcard, which Lync does not accept',
        )
    elif name_key(common_name) != name_key(use.server):
        yield (
            Reason.COMMON_NAME_DIFFERS,
            f'its common name is "{common_name}", and Lync knows the server as "{use.server}"',
        )


CHECKS: Final[tuple[Check, ...]] = (
    out_of_date, other_key_than_rsa, weak_signature, not_for_servers, other_names, unfit_for_lync,
)  # fmt: skip


def problems(use: Use) -> Mapping[Reason, str]:
    """Return why a certificate must not be used, each reason in words; nothing if it may."""
    return {reason: problem for check in CHECKS for reason, problem in check(use)}


def is_refused_to_clients(leaf: CertificateFact) -> bool:
    """Whether gateways refuse it when UM calls them: OpenSSL asks a client's use of clientAuth (PKI notes 3).

    It is no reason not to use it: Lync and gateways on Windows take it, and templates of AD CS make such.
    """
    usages = leaf.extended_key_usages
    return bool(usages) and "clientAuth" not in usages


def use_of(spec: UMCertificateSpec, server: str, leaf: CertificateFact, now: datetime, *, lync: bool) -> Use:
    """Return what a certificate of a spec is used for on a server."""
    names: Iterable[str] = (*([spec.common_name] if spec.common_name else []), *spec.dns_names)
    shared = spec.scope == "Shared"
    return Use(leaf, server, now, shared, tuple(name.lower() for name in names), lync)


def covers(names: Iterable[str], name: str) -> bool:
    """Whether a name is one of ``names``, or one label below a wildcard of them (RFC 6125, 6.4.3).

    All are in lower case.
    """
    _, _, parent = name.partition(".")
    return any(name == one or (one.startswith("*.") and parent == one[2:]) for one in names)
