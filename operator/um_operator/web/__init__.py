"""HTTP of the operator, read-only: metrics on one port, probes on another; and what they are filled from."""
