"""The ports on Kubernetes; the only place that imports kopf or the Kubernetes client."""
