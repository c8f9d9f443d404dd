"""Hosting the files of extensions: what is read, how an entry is rewritten, under which URLs it is served."""
