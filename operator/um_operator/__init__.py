"""Desired state for Exchange Unified Messaging over mutual TLS, kept true by a Kubernetes operator."""
