"""PostgreSQL: all that is its own.

Reading sees one snapshot (``REPEATABLE READ``). Writing takes one advisory lock first, so that writers go one at a
time and revisions are committed in the order of their numbers. Nobody waits for ever: the server limits statements and
locks, and the client limits the server, which may stand still. Texts are compared by their bytes (``COLLATE "C"``), as
SQLite and Python compare them.
"""
