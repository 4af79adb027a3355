"""Rules as vectors: readings, ticks, commands and definitions in, exact alerts out."""
