"""What tokens cost, who says so, and since when."""
