"""The same as exchange/ for Lync and Skype for Business; comes with LyncIntegration."""
