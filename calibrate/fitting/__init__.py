"""Points into a record: priors, least squares, errors, cross-validation."""
