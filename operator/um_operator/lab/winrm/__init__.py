"""What a Windows host offers on its own WinRM: ``/wsman`` with Microsoft.PowerShell and with a JEA endpoint.

``shell.HostShell`` runs cmdlets on one host of ``lab/hosts``, a module for each kind; ``roles`` says which of
them, with which arguments, the role capabilities in deploy/jea allow. No script is run anywhere: cmdlets that
are not listed do not exist.
"""
