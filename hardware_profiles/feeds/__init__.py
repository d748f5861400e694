"""What sellers' lists say of rents: recorded files in, rows with their source and day out."""
