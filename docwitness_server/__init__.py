"""The folder that the server's wheel installs; its packages lie inside it. See docs/decisions/0006-server-wheel.md."""
