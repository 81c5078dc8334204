"""The only room that talks to Kubernetes; comes with the operator."""
