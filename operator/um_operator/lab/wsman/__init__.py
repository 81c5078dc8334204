"""A simulated WSMan and PSRP server: what an unmodified PowerShell remoting client talks to.

``server.WSManServer`` listens for one host of the estate: with ``service.Endpoint`` (a path, a session
configuration, the ``powershell.CmdletHost`` behind it), ``accounts.Accounts``, ``service.Quotas`` and an
``interference.Interference``. Below it, ``http``, ``auth``, ``encryption`` and ``connection`` carry a
request, ``service`` answers its WSMan action, ``shell`` holds a PSRP runspace pool, ``pipeline`` runs its
commands, ``clixml``, ``records`` and ``stream_records`` write what they give. Nothing here knows a cmdlet.
``winrs`` is the cmd shell, with a handful of commands.

Not served: programs in a cmd shell, script text, host calls, history, Disconnect and Connect, command
metadata.
"""
