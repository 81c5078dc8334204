"""Services, certificate stores, event log and counters of each host."""
