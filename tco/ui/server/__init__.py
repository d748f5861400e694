"""How the page is served: its settings, its headers, its door."""
