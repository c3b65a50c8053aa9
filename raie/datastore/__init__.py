"""What each region saw come next, searched when it recommends, and how far it trusts what it finds."""
