Set-StrictMode -Version 2.0

function Invoke-UmExchUcUtil {
    <#
    .SYNOPSIS
    Runs ExchUcUtil.ps1 of this Exchange server: it lets Lync read the objects of Unified Messaging.

    .DESCRIPTION
    The script grants groups of Lync the right to read UM's containers in the directory, and makes a UM IP
    gateway for each pool and a hunt group for each SIP dial plan where there is none yet. What is there it
    keeps, so that it may be run again, as it has to be after each new pool or plan.

    .PARAMETER Forest
    FQDN of the forest that Lync is in.

    .OUTPUTS
    What the script writes, as text.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [ValidatePattern('^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$')]
        [ValidateLength(1, 253)]
        [string] $Forest
    )

    if (-not $env:ExchangeInstallPath) {
        $message = 'This computer has no Exchange: ExchangeInstallPath is not set.'
        $exception = New-Object System.InvalidOperationException($message)
        $category = [System.Management.Automation.ErrorCategory]::ObjectNotFound
        $record = New-Object System.Management.Automation.ErrorRecord($exception, 'NoExchange', $category, $null)
        $PSCmdlet.ThrowTerminatingError($record)
    }

    # The script needs the whole Exchange Management Shell, connected.
    . (Join-Path $env:ExchangeInstallPath 'Bin\RemoteExchange.ps1') | Out-Null
    Connect-ExchangeServer -Auto -AllowClobber | Out-Null

    # The script takes a forest only where it is another one.
    $own = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest().Name
    $arguments = @{}
    if ($Forest -ne $own) {
        $arguments['Forest'] = $Forest
    }
    & (Join-Path $env:ExchangeInstallPath 'Scripts\ExchUcUtil.ps1') @arguments |
        Out-String -Stream -Width 250 |
        Where-Object { $_.Trim() }
}

Export-ModuleMember -Function Invoke-UmExchUcUtil
