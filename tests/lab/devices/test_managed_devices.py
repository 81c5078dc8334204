"""The management of devices by hand: what a client sees, and that what is lost of others' is found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncssh
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from devices_support import Workshop, workshop
from um_operator.lab.devices.box import fingerprint
from um_operator.lab.devices.spec import Product
from um_operator.lab.invariants.judge import RulesBrokenError

RELOAD = {"Kamailio": "sudo kamcmd tls.reload", "Asterisk": "sudo asterisk -rx 'module reload res_pjsip.so'"}
HOSTS: tuple[Product, ...] = ("Kamailio", "Asterisk")


async def write(shop: Workshop, content: bytes) -> None:
    async with await shop.client() as client, client.start_sftp_client() as files:
        path = shop.host.layout.authorities
        async with files.open(f"{path}.new", "wb") as file:
            await file.write(content)
        await files.posix_rename(f"{path}.new", path)


async def append(shop: Workshop) -> None:
    before = shop.host.path(shop.host.layout.authorities).read_bytes()
    await write(shop, before + shop.company.root.public_bytes(Encoding.PEM))


async def run(shop: Workshop, command: str) -> int | None:
    client = await shop.client()
    try:
        return (await client.run(command)).exit_status
    finally:
        client.close()


@pytest.mark.parametrize("product", HOSTS)
async def test_a_ca_counts_when_the_configuration_is_read_anew(product: Product) -> None:
    async with workshop(product) as shop:
        ours = fingerprint(shop.company.root)
        await append(shop)
        assert ours not in shop.box.trusted
        assert await run(shop, RELOAD[product]) == 0
        assert ours in shop.box.trusted
        assert await shop.box.trunk.works()
        assert shop.effects[0].cmdlet == "sftp posix-rename"


async def useless_file(shop: Workshop) -> None:
    before = shop.box.trusted
    await write(shop, b"nothing of use")
    assert await run(shop, RELOAD["Kamailio"]) == 1
    assert shop.box.trusted == before


async def replaced_file(shop: Workshop) -> None:
    await write(shop, shop.company.root.public_bytes(Encoding.PEM))
    await run(shop, RELOAD["Kamailio"])
    assert not await shop.box.trunk.works()


async def reload_of_an_edit(shop: Workshop) -> None:
    await shop.host.edit_by_hand()
    await run(shop, RELOAD["Kamailio"])
    assert not await shop.box.trunk.works()


async def saving_of_an_edit(shop: Workshop) -> None:
    await shop.cube.edit_by_hand()
    assert "+shutdown" in await talk(
        shop, "show archive config differences nvram:startup-config system:running-config"
    )
    await talk(shop, "write memory")


async def reboot(shop: Workshop) -> None:
    await shop.cube.edit_by_hand()
    await talk(shop, "reload", "")
    assert not shop.cube.differences()


async def removed_trustpoint(shop: Workshop) -> None:
    await talk(shop, "configure terminal", "no crypto pki trustpoint CARRIER-CA", "yes")


@pytest.mark.parametrize(
    ("product", "deed", "found"),
    [
        ("Kamailio", useless_file, "R7.*from Saved"),
        ("Kamailio", replaced_file, "trunk of device"),
        ("Kamailio", reload_of_an_edit, "ended unsaved edits"),
        ("CiscoCUBE", saving_of_an_edit, "ended unsaved edits"),
        ("CiscoCUBE", reboot, "ended unsaved edits"),
        ("CiscoCUBE", removed_trustpoint, "R7.*from Trusted"),
    ],
)
async def test_what_is_lost_of_others_is_found(
    product: Product, deed: Callable[[Workshop], Awaitable[None]], found: str
) -> None:
    with pytest.raises(RulesBrokenError, match=found):
        await done(product, deed)


async def done(product: Product, deed: Callable[[Workshop], Awaitable[None]]) -> None:
    async with workshop(product) as shop:
        await deed(shop)


async def test_only_the_user_with_his_password_or_his_key_comes_in() -> None:
    async with workshop("Kamailio") as shop:
        with pytest.raises(asyncssh.PermissionDenied):
            await shop.client(password="guessed")
        key = asyncssh.import_private_key(shop.managed.private_key)
        async with await shop.client(password=None, client_keys=[key]) as client:
            assert (await client.run("reboot")).exit_status == 127


async def talk(shop: Workshop, *lines: str) -> str:
    """Type lines at a CUBE's terminal, and return what it printed until it hung up."""
    client = await shop.client()
    try:
        process = await client.create_process(term_type="vt100", encoding="latin-1")
        process.stdin.write("".join(f"{line}\n" for line in (*lines, "end", "exit", "exit")))
        return str(await process.stdout.read())
    finally:
        client.close()


def pasted(shop: Workshop) -> list[str]:
    pem = shop.company.root.public_bytes(Encoding.PEM).decode().splitlines()
    return [
        "configure terminal",
        "crypto pki trustpoint UM",
        "enrollment terminal",
        "revocation-check none",
        "exit",
        "crypto pki authenticate UM",
        *pem,
        "quit",
        "yes",
    ]


async def test_a_trustpoint_counts_at_once_and_is_saved_by_write_memory() -> None:
    async with workshop("CiscoCUBE") as shop:
        ours = fingerprint(shop.company.root)
        said = await talk(shop, *pasted(shop))
        assert "Certificate successfully imported" in said
        assert ours in shop.box.trusted
        assert ours not in map(fingerprint, shop.box.saved())
        assert "delete your existing CA" in await talk(shop, "configure terminal", *pasted(shop)[5:6])
        assert "[OK]" in await talk(shop, "write memory")
        assert ours in map(fingerprint, shop.box.saved())
        assert "No changes were found" in await talk(
            shop, "show archive config differences nvram:startup-config system:running-config"
        )


async def test_a_configuration_that_somebody_has_locked_is_not_to_be_changed() -> None:
    async with workshop("CiscoCUBE") as shop:
        await shop.cube.lock_by_hand()
        assert "Configuration mode is locked" in await talk(shop, "configure terminal")
        assert "LOCKED" in await talk(shop, "show configuration lock")


async def test_an_unprivileged_user_has_to_enable_first() -> None:
    async with workshop("CiscoCUBE", enable_password="secret") as shop:
        assert "Invalid input" in await talk(shop, "configure terminal")
        said = await talk(shop, "enable", "secret", "configure terminal")
        assert "(config)#" in said
        assert "secret" not in said
