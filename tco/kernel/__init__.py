"""The arithmetic: plain numbers in, plain numbers out; no files, dates or records."""
