"""Parts the views share: headline, findings, explanations, charts beside their tables."""
