"""Chains of small named checks, one file a kind: what differs, what is in the way, which steps help."""
