"""Lync's shell shows the topology as it is, and no more than the caller's role has."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lynclab import FE01, POOL, SE, LyncBench


@pytest.fixture
def bench() -> LyncBench:
    return LyncBench()


async def test_pools_have_their_computers_and_databases_are_pools_as_well(bench: LyncBench) -> None:
    pools = {str(row["Identity"]): row for row in await bench.rows("Get-CsPool")}
    assert pools[POOL]["Computers"] == [f"lyncfe0{n}.contoso.com" for n in (1, 2, 3)]
    assert pools[SE]["Computers"] == [SE]
    assert pools["lyncsql01.contoso.com"]["Services"] == ["UserDatabase:lyncsql01.contoso.com"]
    assert f"UserServer:{POOL}" in str(pools[POOL]["Services"])


async def test_a_service_says_its_version_its_site_and_who_takes_over(bench: LyncBench) -> None:
    [row] = await bench.rows("Get-CsService", Registrar=True, PoolFqdn=POOL)
    assert (row["Version"], row["SiteId"], row["BackupRegistrar"]) == (6, "Site:Berlin", f"Registrar:{SE}")
    assert [r["PoolFqdn"] for r in await bench.rows("Get-CsService", Director=True)] == [
        "lyncdir01.contoso.com"
    ]
    assert [r["PoolFqdn"] for r in await bench.rows("Get-CsService", UserServer=True)] == [POOL, SE]
    [appliance] = await bench.rows("Get-CsService", Identity="Registrar:lyncsba01.contoso.com")
    assert appliance["UserServer"] == f"UserServer:{POOL}"


async def test_computers_of_a_pool_come_in_the_order_in_which_they_first_appeared(bench: LyncBench) -> None:
    rows = await bench.rows("Get-CsComputer", Pool=POOL)
    assert [row["Fqdn"] for row in rows] == [f"lyncfe0{n}.contoso.com" for n in (1, 2, 3)]
    assert [row["Pool"] for row in await bench.rows("Get-CsComputer", Local=True)] == [POOL]


async def test_what_does_not_exist_is_an_error(bench: LyncBench) -> None:
    assert await bench.refused("Get-CsPool", Identity="nowhere.contoso.com") == "ItemNotFound"
    assert await bench.refused("Get-CsService", Registrar=True, Director=True) == "AmbiguousParameterSet"
    assert await bench.refused("Get-CsPool", Name=POOL) == "NamedParameterNotFound"


async def test_the_operators_role_changes_no_configuration(bench: LyncBench) -> None:
    assert (
        await bench.refused("Set-CsMediaConfiguration", EncryptionLevel="SupportEncryption")
        == "CommandNotFoundException"
    )
    assert (
        await bench.rows("Set-CsMediaConfiguration", by_hand=True, EncryptionLevel="SupportEncryption") == []
    )
    [row] = await bench.rows("Get-CsMediaConfiguration")
    assert str(getattr(row["EncryptionLevel"], "name", "")) == "SupportEncryption"


async def test_a_publication_reaches_computers_that_are_up_after_a_while(bench: LyncBench) -> None:
    await bench.rows("Set-CsMediaConfiguration", by_hand=True, EncryptionLevel="SupportEncryption")
    await bench.deployment.pools[POOL].front_ends[0].host.shut_down()
    before = await bench.rows("Get-CsManagementStoreReplicationStatus")
    assert not any(row["UpToDate"] for row in before)
    bench.clock.advance(timedelta(minutes=2))
    after = {
        r["ReplicaFqdn"]: r["UpToDate"] for r in await bench.rows("Get-CsManagementStoreReplicationStatus")
    }
    assert after.pop(FE01) is False
    assert all(after.values())


async def test_users_are_counted_by_their_pool(bench: LyncBench) -> None:
    rows = await bench.rows("Get-CsUser", Filter=f'RegistrarPool -eq "{SE}"')
    assert {row["RegistrarPool"] for row in rows} == {SE}
    assert len(rows) == bench.deployment.pools[SE].spec.users
    assert len(await bench.rows("Get-CsUser", ResultSize=3)) == 3
    assert await bench.refused("Get-CsUser", Filter="Enabled -eq $true") == "InvalidFilter"
