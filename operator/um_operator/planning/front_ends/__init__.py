"""Restarting front ends of Lync, so that they find Unified Messaging: who, when, what holds it."""
