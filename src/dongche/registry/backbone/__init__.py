"""The list of backbone firms as pages need it: a decision as a form, a list read from a file, rows, the timeline."""
