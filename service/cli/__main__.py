"""Run `docwitness-server` as a module: `python -m service.cli`."""

from service.cli.main import main

main()
