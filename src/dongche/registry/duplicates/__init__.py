"""Places entered twice: searched in the background, shown side by side, merged step by step with every room."""
