"""Beginning a widget or a connector: files in the public layout, and its entry in the registry."""
