# Every cmdlet that um-operator sends to Exchange, with every parameter. New-UMOperatorRoles.ps1 makes
# management roles of exactly these; a test holds the file to the program. Confirm and WhatIf belong to every
# cmdlet that writes: the first because a question would be an error, the second because "umctl check" tries
# the rights of an account without writing.
@{
    'Enable-ExchangeCertificate' = @(
        'Confirm', 'DomainController', 'Force', 'Server', 'Services', 'Thumbprint', 'WhatIf'
    )
    'Export-ExchangeCertificate' = @(
        'BinaryEncoded', 'Confirm', 'DomainController', 'Password', 'Server', 'Thumbprint', 'WhatIf'
    )
    'Get-ExchangeCertificate'    = @('DomainController', 'Server')
    'Import-ExchangeCertificate' = @(
        'Confirm', 'DomainController', 'FileData', 'FriendlyName', 'Password',
        'PrivateKeyExportable', 'Server', 'WhatIf'
    )
    'New-ExchangeCertificate'    = @(
        'BinaryEncoded', 'Confirm', 'DomainController', 'DomainName', 'FriendlyName',
        'GenerateRequest', 'KeySize', 'PrivateKeyExportable', 'Server', 'SubjectName', 'WhatIf'
    )
    'Remove-ExchangeCertificate' = @('Confirm', 'DomainController', 'Server', 'Thumbprint', 'WhatIf')
    'Get-ADPermission'           = @('DomainController', 'Identity')
    'Get-ExchangeServer'         = @('DomainController', 'Identity', 'Status')
    'Get-OrganizationConfig'     = @('DomainController')
    'Get-ServerComponentState'   = @('DomainController', 'Identity')
    'Set-ServerComponentState'   = @(
        'Component', 'Confirm', 'DomainController', 'Identity', 'Requester', 'State', 'WhatIf'
    )
    'Get-UMActiveCalls'          = @('DomainController', 'Server')
    'Get-UMAutoAttendant'        = @('DomainController')
    'Get-UMCallRouterSettings'   = @('DomainController', 'Server')
    'Set-UMCallRouterSettings'   = @(
        'Confirm', 'DialPlans', 'DomainController', 'Server', 'UMStartupMode', 'WhatIf'
    )
    'Get-UMDialPlan'             = @('DomainController', 'Identity')
    'New-UMDialPlan'             = @(
        'AccessTelephoneNumbers', 'Confirm', 'CountryOrRegionCode', 'DefaultLanguage', 'DomainController',
        'FaxEnabled', 'GenerateUMMailboxPolicy', 'Name', 'NumberOfDigitsInExtension', 'URIType',
        'VoIPSecurity', 'WhatIf'
    )
    'Remove-UMDialPlan'          = @('Confirm', 'DomainController', 'Identity', 'WhatIf')
    'Set-UMDialPlan'             = @(
        'AccessTelephoneNumbers', 'AllowDialPlanSubscribers', 'AllowExtensions',
        'AllowHeuristicADCallingLineIdResolution', 'AllowedInCountryOrRegionGroups',
        'AllowedInternationalGroups', 'AudioCodec', 'AutomaticSpeechRecognitionEnabled',
        'CallAnsweringRulesEnabled', 'CallSomeoneEnabled', 'ConfiguredInCountryOrRegionGroups',
        'ConfiguredInternationalGroups', 'Confirm', 'ContactAddressList', 'ContactRecipientContainer',
        'ContactScope', 'CountryOrRegionCode', 'DefaultLanguage', 'DialByNamePrimary',
        'DialByNameSecondary', 'DomainController', 'EquivalentDialPlanPhoneContexts', 'Extension',
        'FaxEnabled', 'ForceUpgrade', 'Identity', 'InCountryOrRegionNumberFormat',
        'InfoAnnouncementEnabled', 'InfoAnnouncementFilename', 'InputFailuresBeforeDisconnect',
        'InternationalAccessCode', 'InternationalNumberFormat', 'LegacyPromptPublishingPoint',
        'LogonFailuresBeforeDisconnect', 'MatchedNameSelectionMethod', 'MaxCallDuration',
        'MaxRecordingDuration', 'NationalNumberPrefix', 'NumberingPlanFormats', 'OperatorExtension',
        'OutsideLineAccessCode', 'PilotIdentifierList', 'RecordingIdleTimeout', 'SendVoiceMsgEnabled',
        'TUIPromptEditingEnabled', 'UMAutoAttendant', 'VoIPSecurity', 'WelcomeGreetingEnabled',
        'WelcomeGreetingFilename', 'WhatIf'
    )
    'Get-UMHuntGroup'            = @('DomainController', 'Identity')
    'New-UMHuntGroup'            = @(
        'Confirm', 'DomainController', 'Name', 'PilotIdentifier', 'UMDialPlan', 'UMIPGateway', 'WhatIf'
    )
    'Remove-UMHuntGroup'         = @('Confirm', 'DomainController', 'Identity', 'WhatIf')
    'Get-UMIPGateway'            = @('DomainController', 'Identity', 'IncludeSimulator')
    'New-UMIPGateway'            = @(
        'Address', 'Confirm', 'DomainController', 'IPAddressFamily', 'Name', 'WhatIf'
    )
    'Remove-UMIPGateway'         = @('Confirm', 'DomainController', 'Identity', 'WhatIf')
    'Set-UMIPGateway'            = @(
        'Address', 'Confirm', 'DelayedSourcePartyInfoEnabled', 'DomainController', 'ForceUpgrade',
        'IPAddressFamily', 'Identity', 'MessageWaitingIndicatorAllowed', 'OutcallsAllowed', 'Port',
        'Simulator', 'Status', 'WhatIf'
    )
    'Get-UMMailboxPolicy'        = @('DomainController', 'Identity')
    'Remove-UMMailboxPolicy'     = @('Confirm', 'DomainController', 'Identity', 'WhatIf')
    'Get-UMService'              = @('DomainController', 'Identity')
    'Set-UMService'              = @(
        'Confirm', 'DialPlans', 'DomainController', 'Identity', 'UMStartupMode', 'WhatIf'
    )
    'Test-UMConnectivity'        = @('CallRouter', 'DomainController', 'Secured', 'Timeout')
}
