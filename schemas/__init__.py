"""The words every room speaks: what is asked, what stands on a page, what is answered. No I/O but the presets."""
