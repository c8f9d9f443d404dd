"""The errors of the store.

    StorageError                      any of them: a sentence that says what to do
    ├── DatabaseUnavailable           it is not there, not readable, full or damaged
    │   ├── DatabaseEmpty             it has no tables, and was not to be made
    │   ├── DatabaseLocked            another process holds it for longer than we wait
    │   └── DatabaseReadOnly          it can be read, and takes no changes
    ├── DatabaseTooNew                a later version of the service has changed it
    └── ChangeRefused                 what was asked for cannot be kept; nothing was changed
        ├── NotFound                  it names something that is not there
        ├── Conflict                  something else has the name, or somebody was faster
        └── InvalidValue              a name or a value that cannot be kept

No error of the database library leaves the store, and no message holds a value.
"""


class StorageError(Exception):
    """The store cannot do what was asked; the message says why and what would help."""


class DatabaseUnavailable(StorageError):
    """The database is not there, cannot be read or written, or is damaged."""


class DatabaseLocked(DatabaseUnavailable):
    """Another process has held the database for longer than we wait. Trying again is right."""


class DatabaseEmpty(DatabaseUnavailable):
    """The database has no tables: nobody has set it up, or its content was lost."""


class DatabaseReadOnly(DatabaseUnavailable):
    """The database can be read and takes no changes: a standby, a file that cannot be written, or set so."""


class DatabaseTooNew(StorageError):
    """The database was changed by a later version, which alone knows how to read it."""


class ChangeRefused(StorageError):
    """The change cannot be made as it stands; nothing of it was kept."""


class NotFound(ChangeRefused):
    """What the change names is not there."""


class Conflict(ChangeRefused):
    """Something else has the name, or somebody has changed it meanwhile."""


class InvalidValue(ChangeRefused):
    """A name or a value that cannot be kept."""
