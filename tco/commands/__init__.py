"""What the command line shows: its sub-commands, tables and documents."""
