"""What maintains the course: runner, badges, slides, figures and site."""
