"""Calls over real sockets: the devices that place them, and Unified Messaging's side that takes them."""
