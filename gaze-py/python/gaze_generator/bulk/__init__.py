"""Many portraits, on one machine or many, by Ray Data: ``pip install 'gaze-generator[ray]'``::

    from gaze_generator import bulk

    report = bulk.run("portraits", "faces", actors=4, grid=12)
    print(report)  # 40 made, 0 unchanged, 2 failed
    for outcome in report.failed:
        print(outcome.name, outcome.error, outcome.message)

- :func:`run`: a folder, a pattern or a list of portraits;
- :class:`Generator`: the same for pipelines of Ray Data's of your own;
- :class:`Report`, :class:`Outcome`: what became of each portrait.
"""

from ._generator import Generator
from ._outcome import Outcome, Report
from ._run import run

__all__ = ["Generator", "Outcome", "Report", "run"]
