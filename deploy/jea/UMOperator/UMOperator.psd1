@{
    RootModule           = 'UMOperator.psm1'
    ModuleVersion        = '1.0.0'
    GUID                 = '6d2c1c1e-5f0b-4b0e-9f57-0f9d8a3c7c11'
    Author               = 'um-operator'
    Description          = 'What um-operator may do on an Exchange server beside Exchange: role capabilities, and Add-UMOperatorTrust.'
    PowerShellVersion    = '4.0'
    FunctionsToExport    = @('Add-UMOperatorTrust')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
}
