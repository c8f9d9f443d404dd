"""Development mode: a widget repository on this machine, served live."""
