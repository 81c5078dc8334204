"""The issuers, one a module."""
