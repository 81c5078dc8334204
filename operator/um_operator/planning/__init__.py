"""Decisions: desired + observed + ledger + now -> Plan. Pure."""
