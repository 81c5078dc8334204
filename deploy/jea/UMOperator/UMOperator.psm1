Set-StrictMode -Version 2.0

function Add-UMOperatorTrust {
    <#
    .SYNOPSIS
    Adds one certificate to the trusted roots or the intermediates of this computer. Removes nothing.

    .DESCRIPTION
    Import-Certificate takes a file, and a restricted session has none. This takes the bytes, and less:
    one DER certificate, never a key; a self-issued one into Root, any other one into CA. What is there
    already is left as it is, so that the command may be repeated after a lost answer.

    .PARAMETER Store
    Root (trusted root certification authorities) or CA (intermediate certification authorities) of the
    local computer.

    .PARAMETER RawData
    The certificate in DER.

    .OUTPUTS
    One object: Store, Thumbprint (SHA-1, upper-case hexadecimal digits), Added ($false: it was there).
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory = $true)]
        [ValidateSet('Root', 'CA')]
        [string] $Store,

        [Parameter(Mandatory = $true)]
        [ValidateCount(1, 65536)]
        [byte[]] $RawData
    )

    $certificate = Read-Certificate -RawData $RawData -Cmdlet $PSCmdlet
    $selfIssued = $certificate.Subject -ceq $certificate.Issuer
    if ($selfIssued -ne ($Store -eq 'Root')) {
        $message = "The certificate '$($certificate.Subject)' does not belong into the store '$Store'."
        Stop-Command -Cmdlet $PSCmdlet -ErrorId 'WrongStore' -Message $message -Target $certificate.Thumbprint
    }
    $location = [System.Security.Cryptography.X509Certificates.StoreLocation]::LocalMachine
    $target = New-Object System.Security.Cryptography.X509Certificates.X509Store($Store, $location)
    $target.Open([System.Security.Cryptography.X509Certificates.OpenFlags]::ReadWrite)
    try {
        $added = -not $target.Certificates.Contains($certificate)
        if ($added) {
            if (-not $PSCmdlet.ShouldProcess("Cert:\LocalMachine\$Store", "Add $($certificate.Thumbprint)")) {
                return
            }
            $target.Add($certificate)
        }
    }
    finally {
        $target.Close()
    }
    New-Object psobject -Property @{
        Store      = $Store
        Thumbprint = $certificate.Thumbprint
        Added      = $added
    }
}

function Read-Certificate {
    param([byte[]] $RawData, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $type = [System.Security.Cryptography.X509Certificates.X509Certificate2]
    try {
        $kind = $type::GetCertContentType($RawData)
        $certificate = New-Object $type.FullName (, $RawData)
    }
    catch {
        $kind, $certificate = 'Unknown', $null
    }
    # The bytes must be the certificate and nothing else: a PFX, a PKCS #7 or something behind it is refused.
    $whole = $certificate -and [System.Linq.Enumerable]::SequenceEqual($certificate.RawData, $RawData)
    if ("$kind" -ne 'Cert' -or -not $whole) {
        $message = 'RawData is not exactly one certificate in DER.'
        Stop-Command -Cmdlet $Cmdlet -ErrorId 'NotACertificate' -Message $message -Target $null
    }
    $certificate
}

function Stop-Command {
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [string] $ErrorId, [string] $Message, [object] $Target
    )

    $exception = New-Object System.ArgumentException($Message)
    $category = [System.Management.Automation.ErrorCategory]::InvalidArgument
    $record = New-Object System.Management.Automation.ErrorRecord($exception, $ErrorId, $category, $Target)
    $Cmdlet.ThrowTerminatingError($record)
}

Export-ModuleMember -Function Add-UMOperatorTrust
