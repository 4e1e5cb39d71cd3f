"""The subcommands of `fieldproof-server`, a file for each group."""
