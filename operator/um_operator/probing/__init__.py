"""TLS and SIP OPTIONS on the wire; comes with UMCertificate."""
