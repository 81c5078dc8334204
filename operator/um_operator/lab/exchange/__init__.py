"""The simulated Exchange organisation: its directory, its cmdlets, what each UM server makes of them."""
