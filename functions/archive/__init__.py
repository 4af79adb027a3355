"""Keeps every good reading for ever: Parquet files by tenant, day and shard, in the order of the log."""
