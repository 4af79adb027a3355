"""Devices that do not exist, the faults they suffer, and the auditor that compares what was sent with what was kept."""
