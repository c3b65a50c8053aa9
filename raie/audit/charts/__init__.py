"""The page's charts, drawn by matplotlib."""
