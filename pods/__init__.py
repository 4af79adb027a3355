"""Every pod of the manifest as a process of its own, on the real servers of `make services`. Started by
`make demo SERVICES=1`.

A folder above both: the platform does not know what serves it, nor the servers whom they serve.
"""
