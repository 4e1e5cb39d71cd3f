"""Find tick boxes and radio buttons on pages that were read, judge them, and find their labels."""
