"""Tests mirror src/; what goes through the whole program lies at the top and in command/.

Frames are small here, and threads that wait for work cost more than the work: polars has one. The
installed command (`office.afresh`) has as many as everywhere; `POLARS_MAX_THREADS=4 pytest` gives
them to all tests.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read when polars is imported
