"""The tests; the folders mirror the tree, `house/` tests the tree itself."""
