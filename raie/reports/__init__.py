"""What people read: tables, pictures, the demo."""
