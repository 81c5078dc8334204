"""The management side of devices: real SSH servers in front of what a CUBE, a Kamailio, an Asterisk would do.

Written from the field notes (sip-tls-and-pki.md 5) and from public configuration guides, not from a client.
"""
