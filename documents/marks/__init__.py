"""Find tick boxes and radio buttons on pages that were read, with states and labels."""
