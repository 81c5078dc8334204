"""What IOS says, word for word where that is known (field notes sip-tls-and-pki 5; the rest from memory)."""

from __future__ import annotations

from typing import Final

CONFIGURING: Final = "Enter configuration commands, one per line.  End with CNTL/Z.\n"
LOCKED: Final = (
    "Configuration mode is locked by process '104' user '{user}' from terminal '2'. Please try later.\n"
)
INVALID: Final = "                    ^\n% Invalid input detected at '^' marker.\n\n"
PASTE: Final = (
    "\nEnter the base 64 encoded CA certificate.\n"
    'End with a blank line or the word "quit" on a line by itself\n\n'
)
ATTRIBUTES: Final = (
    "Certificate has the following attributes:\n"
    "       Fingerprint MD5: {md5} \n      Fingerprint SHA1: {sha1} \n\n"
)
ACCEPT: Final = "% Do you accept this certificate? [yes/no]: "
ACCEPTED: Final = "Trustpoint CA certificate accepted.\n% Certificate successfully imported\n\n"
NOT_ACCEPTED: Final = "% The CA certificate was not accepted.\n"
UNREADABLE: Final = "% Error in saving certificate: status = FAIL\n\n"
HELD: Final = (
    "% Please delete your existing CA certificate first.\n"
    "% You must use 'no crypto pki trustpoint <trustpoint-name>' to delete the CA certificate.\n"
)
REMOVING: Final = (
    "% Removing an enrolled trustpoint will destroy all certificates\n"
    "received from the related Certificate Authority.\n\n"
)
SURE: Final = "Are you sure you want to do this? [yes/no]: "
REMOVED: Final = "% Be sure to ask the CA administrator to revoke your certificates.\n\n"
NO_TRUSTPOINT: Final = "% Trustpoint {name} is not defined\n"
BUILDING: Final = "Building configuration...\n"
SAVED: Final = "[OK]\n"
NO_CHANGES: Final = "!No changes were found\n"
DIFFERENCES: Final = "!Contextual Config Diffs:\n"
LOCK: Final = (
    "Parser Configure Lock\n---------------------\nOwner PID           : {pid}\n"
    "User                : {user}\n"
    "TTY                 : {tty}\nType                : {type}\nState               : {state}\n"
    "Class               : {kind}\nCount               : {count}\n"
)
MORE: Final = " --More-- "
DENIED: Final = "% Access denied\n\n"
