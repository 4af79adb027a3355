"""The web API of what is defined for many devices, rules and profiles, and of the commands operators give of alerts."""
