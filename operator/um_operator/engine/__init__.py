"""The pass: read, plan, gate, carry out, record. Knows ports, never adapters."""
