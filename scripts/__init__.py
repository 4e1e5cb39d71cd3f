"""Programs that set up, check, test and demonstrate the project."""
