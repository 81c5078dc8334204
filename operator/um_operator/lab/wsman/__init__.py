"""A simulated WSMan and PSRP server: what an unmodified PowerShell remoting client talks to.

``server`` listens, ``http`` and ``auth`` carry, ``service`` answers WSMan actions, ``shell`` holds a PSRP
runspace pool and its pipelines. Nothing here knows a cmdlet: those stand behind ``powershell.CmdletHost``.
"""
