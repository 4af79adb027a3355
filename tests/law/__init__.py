"""The law (DESIGN §5): the same records in the same order give the same events, ids, versions and state bits,
wherever hosts stop, start and repeat between them, and however the functions are spread over pods."""
