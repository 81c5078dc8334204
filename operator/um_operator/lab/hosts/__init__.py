"""Windows hosts: machine stores, services, event log, component states. Exchange and the wire build on it.

``organization.host(fqdn)`` is a machine: ``stores.my``, ``stores.root`` and ``stores.ca`` hold certificates,
``services["MSExchangeUM"]`` starts, stops and restarts on behalf of an ``Author``, ``events`` is the log,
``set_component`` says a component's state for a requester. Which certificate a service is bound to and its
startup mode are attributes of the directory, not of the machine.
"""
