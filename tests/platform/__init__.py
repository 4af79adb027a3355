"""The whole platform as real processes: killed, ended, cut off, fed with nonsense, and audited."""
