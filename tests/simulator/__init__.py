"""The devices, their faults, their transports and the auditor."""
