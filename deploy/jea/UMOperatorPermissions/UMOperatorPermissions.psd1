@{
    RootModule           = 'UMOperatorPermissions.psm1'
    ModuleVersion        = '1.0.0'
    GUID                 = 'b3f7e2d4-1c6a-4e8b-a5d9-4f0c7b2e6a51'
    Author               = 'um-operator'
    Description          = 'Invoke-UmExchUcUtil: runs ExchUcUtil.ps1 of this Exchange server.'
    PowerShellVersion    = '4.0'
    FunctionsToExport    = @('Invoke-UmExchUcUtil')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
}
