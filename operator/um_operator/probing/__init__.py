"""TLS and SIP OPTIONS on the wire."""
