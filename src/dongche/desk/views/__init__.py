"""Pages made of several rooms. They compose and do not decide."""
