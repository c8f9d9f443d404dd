"""What can go wrong with keys and secrets.

    VaultError
    ├── MasterKeyError         master keys that are missing, malformed, or open to others
    ├── UnreadableTenantKey    a tenant's wrapped key that does not open
    ├── UnreadableSecret       a ciphertext that does not open
    └── UnstorableSecret       a value that cannot be kept

Each message says what to do. None holds a key or a value, and neither do the arguments, the context or the frames of
an error: where a function of this package raises, it has let go of them before.
"""


class VaultError(Exception):
    """Base of all; the message is for operators and admins."""


class MasterKeyError(VaultError):
    """Master keys that are missing, malformed, or open to others."""


class UnreadableTenantKey(VaultError):
    """A tenant's wrapped key that none of the master keys opens."""


class UnreadableSecret(VaultError):
    """A secret's ciphertext that its tenant's key does not open."""


class UnstorableSecret(VaultError):
    """A value that cannot be kept, because it is no text that UTF-8 can write."""
