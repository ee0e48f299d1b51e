"""What the student does, and how it is judged."""
