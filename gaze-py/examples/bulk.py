"""A folder of portraits as live rigs, or as folders of sheets, by actors of Ray's.

    pip install 'gaze-generator[ray]'
    python examples/bulk.py portraits faces --actors 4 --cpus 2

Run it again and it does what is missing. On a cluster of Ray's: RAY_ADDRESS=auto, and folders that all see.
"""

import argparse

from gaze_generator import bulk


def main() -> None:
    """Runs it with the program's arguments."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("portraits", help="a folder, or a pattern in quotes")
    arguments.add_argument("out", help="folder of the results")
    arguments.add_argument("--actors", type=int, default=2)
    arguments.add_argument("--cpus", type=float, default=1, help="for each actor")
    arguments.add_argument("--gpus", type=float, default=0, help="for each actor")
    arguments.add_argument("--sheets", action="store_true", help="folders of sheets, not live rigs alone")
    arguments.add_argument("--max-size", type=int, default=512)
    given = arguments.parse_args()

    report = bulk.run(
        given.portraits,
        given.out,
        actors=given.actors,
        cpus_per_actor=given.cpus,
        gpus_per_actor=given.gpus,
        only_rig=not given.sheets,
        max_size=given.max_size,
    )

    for outcome in report.failed:
        print(f"{outcome.name}: {outcome.message} ({outcome.error})")
    for outcome in report.made:
        for warning in outcome.warnings:
            print(f"{outcome.name}: {warning}")
    print(f"{report}: {report.path}")


if __name__ == "__main__":
    main()
