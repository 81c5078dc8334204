"""The store of revisions: what it keeps, in which order, and what it never gives away."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from pki_support import ASKED, NOW, hierarchy, rsa_key
from pki_world import Store, csr_of
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import certificates, chains, keys, pfx
from um_operator.pki.answers import Accepted
from um_operator.pki.ports import Denied, Pending
from um_operator.pki.record import CERTIFICATE, KEY, RECORD, REQUEST, ROOT, DamagedRevisionError, Record
from um_operator.pki.revisions import NoKeyError, Revisions
from um_operator.planning.asked import spec_hash

REVISION = Revision("um", 7, "ex01.contoso.com")
DRAFT = Record(REVISION, spec_hash(ASKED), NOW)
CSR = csr_of(ASKED, "leaf")
CHAIN = chains.ordered(hierarchy().leaf, [hierarchy().intermediate, hierarchy().root])


async def begun(store: Store) -> Revisions:
    revisions = Revisions(store, lambda: NOW)
    await revisions.begin(DRAFT, key=rsa_key(), csr=CSR)
    return revisions


async def test_key_and_request_are_stored_first_under_a_name_that_tells_whose_they_are() -> None:
    store = Store()
    await begun(store)
    held = store.secrets["um-ex01.contoso.com-7"]
    assert set(held) == {KEY, REQUEST, RECORD}
    assert store.labels["um-ex01.contoso.com-7"] == {
        "app.kubernetes.io/managed-by": "um-operator",
        "unifiedmessaging.dev/certificate": "um",
        "unifiedmessaging.dev/server": "ex01.contoso.com",
        "unifiedmessaging.dev/revision": "7",
    }


async def test_the_public_half_is_read_and_tells_how_far_it_has_come() -> None:
    revisions = await begun(Store())
    read = await revisions.read(REVISION)
    assert isinstance(read, Known)
    assert read.value is not None
    assert (read.value.number, read.value.server, read.value.secret) == (7, REVISION.server, REVISION.secret)
    assert (read.value.state, read.value.spec_hash) == ("Requested", spec_hash(ASKED))
    assert read.value.public_key_sha256 == keys.public_key_sha256(rsa_key().public_key())

    await revisions.settle(REVISION, Pending("request-1", "waits for approval"))
    await revisions.settle(REVISION, Accepted(CHAIN, "well"))
    issued = await revisions.read(REVISION)
    assert isinstance(issued, Known)
    assert issued.value is not None
    assert (issued.value.state, issued.value.request_id, issued.value.message) == (
        "Issued",
        "request-1",
        "well",
    )
    assert issued.value.leaf is not None
    assert issued.value.leaf.common_name == "ex01.contoso.com"
    assert [one.common_name for one in issued.value.chain] == ["Issuing", "Root"]
    assert issued.value.answered_at == NOW


async def test_leaf_and_intermediates_stand_under_one_key_and_the_root_under_another() -> None:
    store = Store()
    await (await begun(store)).settle(REVISION, Accepted(CHAIN))
    held = store.secrets[REVISION.secret]
    assert certificates.read(held[CERTIFICATE]) == (hierarchy().leaf, hierarchy().intermediate)
    assert certificates.read(held[ROOT]) == (hierarchy().root,)


async def test_what_was_answered_is_never_replaced() -> None:
    store = Store()
    revisions = await begun(store)
    await revisions.settle(REVISION, Accepted(CHAIN))
    before, writes = dict(store.secrets[REVISION.secret]), store.writes
    other = chains.ordered(hierarchy().issue(serial=6), [hierarchy().intermediate])
    for answer in (Accepted(other), Denied("Expired", "late"), Pending("again")):
        assert (await revisions.settle(REVISION, answer)).record.state == "Issued"
    await revisions.begin(DRAFT, key=rsa_key("other"), csr=csr_of(ASKED, "other"))
    assert (store.secrets[REVISION.secret], store.writes) == (before, writes)


async def test_the_same_answer_again_writes_nothing() -> None:
    store = Store()
    revisions = await begun(store)
    await revisions.settle(REVISION, Pending("request-1", "waits"))
    writes = store.writes
    await revisions.settle(REVISION, Pending("request-1", "waits"))
    assert store.writes == writes
    await revisions.settle(REVISION, Pending("request-1", "waits for something else"))
    assert store.writes == writes + 1


async def test_a_key_is_forgotten_on_demand_and_the_rest_stays() -> None:
    store = Store()
    revisions = await begun(store)
    await revisions.settle(REVISION, Accepted(CHAIN))
    await revisions.forget_key(REVISION)
    writes = store.writes
    await revisions.forget_key(REVISION)
    assert store.writes == writes
    assert set(store.secrets[REVISION.secret]) == {REQUEST, CERTIFICATE, ROOT, RECORD}
    assert isinstance(await revisions.read(REVISION), Known)
    with pytest.raises(NoKeyError, match=r'of revision "um/ex01\.contoso\.com/7" is not in Secret'):
        await revisions.pfx(REVISION, pfx.Profile.AES256, b"password")
    await revisions.forget(REVISION)
    assert await revisions.read(REVISION) == Known(None, NOW)


async def test_the_key_leaves_only_for_import_and_for_the_identity_of_a_probe() -> None:
    revisions = await begun(Store())
    with pytest.raises(DamagedRevisionError, match="is not issued yet"):
        await revisions.identity(REVISION)
    await revisions.settle(REVISION, Accepted(CHAIN))
    opened = certificates.open_pfx(
        await revisions.pfx(REVISION, pfx.Profile.LEGACY_3DES, b"password"), b"password"
    )
    assert opened.certificates == (hierarchy().leaf, hierarchy().intermediate)
    assert opened.key.private_numbers() == rsa_key().private_numbers()
    identity = await revisions.identity(REVISION)
    assert certificates.read(identity.certificate) == (hierarchy().leaf, hierarchy().intermediate)
    assert identity.key == keys.to_pem(rsa_key())


async def test_no_text_of_a_revision_shows_its_key() -> None:
    store = Store()
    revisions = await begun(store)
    stored = await revisions.settle(REVISION, Accepted(CHAIN))
    secret = keys.to_pem(rsa_key()).splitlines()[1].decode()
    shown = [repr(stored), repr(await revisions.identity(REVISION)), repr(asdict(stored.fact))]
    assert not [text for text in shown if secret in text]


async def test_revisions_are_read_by_name_and_what_is_not_there_is_left_out() -> None:
    revisions = await begun(Store())
    wanted = [REVISION, Revision("um", 7, "ex02.contoso.com"), REVISION]
    read = await revisions.read_all(wanted)
    assert isinstance(read, Known)
    assert [fact.secret for fact in read.value] == [REVISION.secret]


@pytest.mark.parametrize(
    "damage", ["no record", "another revision", "chain changed", "request cut", "nonsense"]
)
async def test_a_secret_that_was_changed_by_hand_is_unknown(damage: str) -> None:
    store = Store()
    revisions = await begun(store)
    await revisions.settle(REVISION, Accepted(CHAIN))
    held = store.secrets[REVISION.secret]
    match damage:
        case "no record":
            del held[RECORD]
        case "another revision":
            record = json.loads(held[RECORD])
            record["revision"]["number"] = 8
            held[RECORD] = json.dumps(record).encode()
        case "chain changed":
            held[CERTIFICATE] = certificates.to_pem([hierarchy().issue(serial=6), hierarchy().intermediate])
        case "request cut":
            held[REQUEST] = held[REQUEST][:200]
        case "nonsense":
            held[RECORD] = b"nonsense"
    for read in (await revisions.read(REVISION), await revisions.read_all([REVISION])):
        assert isinstance(read, Unknown)
        assert read.reason == "NotRead"
        assert 'Secret "um-ex01.contoso.com-7" is ' in read.message


async def test_an_accepted_chain_may_be_put_back_in_another_order_and_under_one_key() -> None:
    store = Store()
    revisions = await begun(store)
    settled = await revisions.settle(REVISION, Accepted(CHAIN))
    held = store.secrets[REVISION.secret]
    held[CERTIFICATE] = certificates.to_pem(reversed(CHAIN.certificates))
    del held[ROOT]
    assert (await revisions.expected(REVISION)).chain == settled.chain == CHAIN.certificates


async def test_what_others_put_there_before_it_is_accepted_is_no_certificate_yet() -> None:
    store = Store()
    revisions = await begun(store)
    store.secrets[REVISION.secret][CERTIFICATE] = b"somebody's"
    read = await revisions.read(REVISION)
    assert isinstance(read, Known)
    assert read.value is not None
    assert (read.value.state, read.value.leaf) == ("Requested", None)
