"""A page that upscales pictures in the browser: its files, its runtime, its models, a server.

The package imports none of its modules: wheels are built with `runtime`, without dependencies.
"""
