"""What the platform does: a folder for each function, a line for each in manifest.toml."""
