"""What users measured themselves: benchmarks of their tasks, token ratios of their texts."""
