"""Many portraits, on one machine or many, by Ray Data: ``pip install 'gaze-generator[ray]'``.

>>> from gaze_generator import bulk                                            # doctest: +SKIP
>>> report = bulk.run("portraits", "faces", actors=4, grid=4, max_size=128)    # doctest: +SKIP
>>> print(report)                                                              # doctest: +SKIP
40 made, 0 unchanged, 2 failed
>>> [(outcome.name, outcome.error) for outcome in report.failed]               # doctest: +SKIP
[('cat', 'NoFaceError'), ('torn', 'InvalidInputError')]

- :func:`run`: a folder, a pattern or a list of portraits;
- :class:`Generator`: the same for pipelines of Ray Data's of your own;
- :class:`Report`, :class:`Outcome`: what became of each portrait.
"""

from ._generator import Generator
from ._outcome import Outcome, Report
from ._run import run

__all__ = ["Generator", "Outcome", "Report", "run"]
