"""Exchange cmdlets: rows -> observed facts, steps -> invocations, errors -> outcomes."""
