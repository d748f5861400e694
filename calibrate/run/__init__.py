"""A run of a plan: points tried, judged and journalled, so that none is lost."""
