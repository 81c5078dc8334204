<#
.SYNOPSIS
Makes the management roles and the role group of um-operator's account.

.DESCRIPTION
Run it once in the Exchange Management Shell as a member of Organization Management, and again after an update of
um-operator: it adds what is missing and takes away what is no longer used.

Each cmdlet of UMOperatorRoles.psd1 goes into a role of its own making, below the built-in role that has the
cmdlet with all the parameters wanted; everything else is taken out of that role. Which built-in role that is
differs between releases, so it is looked up, not assumed.

.PARAMETER Member
Accounts or groups that become members of the role group.

.PARAMETER RoleGroup
Name of the role group.

.PARAMETER Prefix
How the names of the roles begin.

.EXAMPLE
.\New-UMOperatorRoles.ps1 -Member 'CONTOSO\svc-um-operator' -WhatIf
Says what would be made.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [string[]] $Member = @(),
    [string] $RoleGroup = 'UM Operator',
    [string] $Prefix = 'UM Operator'
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$wanted = Import-LocalizedData -BaseDirectory $PSScriptRoot -FileName 'UMOperatorRoles.psd1'

# The built-in roles that have a cmdlet with all its parameters; then, again and again, the one that has most.
$parents = @{}
foreach ($cmdlet in $wanted.Keys) {
    $roles = @(Get-ManagementRole -Cmdlet $cmdlet -CmdletParameters $wanted[$cmdlet] |
            Where-Object { $_.IsRootRole })
    if ($roles.Count -eq 0) {
        throw "No built-in management role has $cmdlet with the parameters $($wanted[$cmdlet] -join ', ')."
    }
    $parents[$cmdlet] = @($roles | ForEach-Object { $_.Name })
}
$chosen = @{}
$open = New-Object System.Collections.ArrayList
$open.AddRange(@($wanted.Keys))
while ($open.Count -gt 0) {
    $best = $open | ForEach-Object { $parents[$_] } | Group-Object | Sort-Object -Property Count, Name -Descending |
        Select-Object -First 1 -ExpandProperty Name
    $chosen[$best] = @($open | Where-Object { $parents[$_] -contains $best })
    foreach ($cmdlet in $chosen[$best]) { $open.Remove($cmdlet) }
}

$names = @()
foreach ($parent in $chosen.Keys) {
    $name = "$Prefix - $parent"
    $names += $name
    if (-not (Get-ManagementRole -Identity $name -ErrorAction SilentlyContinue)) {
        if (-not $PSCmdlet.ShouldProcess($name, "New-ManagementRole -Parent '$parent'")) { continue }
        New-ManagementRole -Name $name -Parent $parent | Out-Null
    }
    $entries = @(Get-ManagementRoleEntry -Identity "$name\*")
    foreach ($entry in $entries | Where-Object { $chosen[$parent] -notcontains $_.Name }) {
        if ($PSCmdlet.ShouldProcess("$name\$($entry.Name)", 'Remove-ManagementRoleEntry')) {
            Remove-ManagementRoleEntry -Identity "$name\$($entry.Name)" -Confirm:$false
        }
    }
    foreach ($cmdlet in $chosen[$parent]) {
        $identity = "$name\$cmdlet"
        if (-not $PSCmdlet.ShouldProcess($identity, "allow $($wanted[$cmdlet] -join ', ')")) { continue }
        if (@($entries | ForEach-Object { $_.Name }) -contains $cmdlet) {
            Set-ManagementRoleEntry -Identity $identity -Parameters $wanted[$cmdlet]
        }
        else {
            Add-ManagementRoleEntry -Identity $identity -Parameters $wanted[$cmdlet]
        }
    }
}

if (-not (Get-RoleGroup -Identity $RoleGroup -ErrorAction SilentlyContinue)) {
    if ($PSCmdlet.ShouldProcess($RoleGroup, "New-RoleGroup -Roles $($names -join ', ')")) {
        New-RoleGroup -Name $RoleGroup -Roles $names | Out-Null
    }
}
else {
    $assigned = @(Get-ManagementRoleAssignment -RoleAssignee $RoleGroup | ForEach-Object { $_.Role.Name })
    foreach ($name in $names | Where-Object { $assigned -notcontains $_ }) {
        if ($PSCmdlet.ShouldProcess($RoleGroup, "New-ManagementRoleAssignment -Role '$name'")) {
            New-ManagementRoleAssignment -SecurityGroup $RoleGroup -Role $name | Out-Null
        }
    }
}
foreach ($account in $Member) {
    if ($PSCmdlet.ShouldProcess($RoleGroup, "Add-RoleGroupMember '$account'")) {
        Add-RoleGroupMember -Identity $RoleGroup -Member $account -ErrorAction SilentlyContinue
    }
}
