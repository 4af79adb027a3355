"""The servers that production uses, as plain processes on this machine. Started by `make services`, tests, benchmarks
and chaos; the platform itself never imports this folder.

    from services import kafka

    with kafka.running(folder) as server:
        server.url        # as TIDINGS_LOG takes it
        server.kill()     # as kill -9 does
        server.start()    # on the same ports, with the same data
"""
