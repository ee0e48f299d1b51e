"""Every figure of the course, a file for each chapter; alternative text is required."""

from deepsign_helpers.plotting.chapter_00 import *
from deepsign_helpers.plotting.chapter_01 import *
from deepsign_helpers.plotting.chapter_02 import *
from deepsign_helpers.plotting.chapter_03 import *
from deepsign_helpers.plotting.chapter_04 import *
from deepsign_helpers.plotting.chapter_05 import *
from deepsign_helpers.plotting.chapter_06 import *
from deepsign_helpers.plotting.style import say, show, show_images
