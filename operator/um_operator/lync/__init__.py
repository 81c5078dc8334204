"""Lync Server and Skype for Business Server: reading them, and telling front ends to stop and to start."""
