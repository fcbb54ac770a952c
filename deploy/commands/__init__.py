"""One module a sub-command, with its click command as `command`; `deploy/cli.py` imports one when it is asked for."""
