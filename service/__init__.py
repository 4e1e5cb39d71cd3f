"""The application: commands, HTTP API, jobs, evaluation, and the pipeline behind them."""
