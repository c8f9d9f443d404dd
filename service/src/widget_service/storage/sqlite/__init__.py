"""SQLite: all that is its own.

Write-ahead logging lets readers read while one writes. ``synchronous`` is FULL: a killed process loses nothing either
way, but with NORMAL a power cut may take back the last changes, and who has rotated keys may have destroyed the old one
by then. Changes are rare; one flush to the disk for each is cheap.
"""
