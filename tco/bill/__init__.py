"""What a month costs, line by line: APIs, own servers, hybrids, and who may take part."""
