"""Exchange cmdlets: rows to observed facts, steps to invocations, error records to outcomes."""
