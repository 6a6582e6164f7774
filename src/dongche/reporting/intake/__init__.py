"""The city intake: reports as JSON, taken by a process of its own beside the web server.

`app` speaks ASGI and never touches the database, `shapes` reads the bodies, `brake` slows down a single code, `writer`
is the one thread that stores: whatever queued while it committed is its next batch. `storing` is what it does with a
batch: the same rules, the same rows and the same audit entries as the web form, in a fixed number of statements.
"""
