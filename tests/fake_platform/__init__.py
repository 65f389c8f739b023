"""A loopback server in its own process that speaks the platforms' APIs, holds what is true, and misbehaves when told.

`world.py` is the truth (published, edited, deleted), `server.py` the connection and its vocabulary of faults, one file an API.
`talking.py` is how a test starts it and speaks with it.
"""
