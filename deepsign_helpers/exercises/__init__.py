"""What the student does, and how it is judged."""

from deepsign_helpers.exercises.quizzes import quiz
from deepsign_helpers.exercises.tutor import check, hint, solution
