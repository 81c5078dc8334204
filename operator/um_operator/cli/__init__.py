"""umctl, also installed as kubectl-um."""
