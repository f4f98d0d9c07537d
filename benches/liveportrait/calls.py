"""Times single calls of the decoder, with nothing beside them: as the peer makes them, and as gaze does.

    python calls.py --published warping_spade.onnx --adapted FILE

`--adapted` is what `gaze models adapt` writes. Prints a JSON object: milliseconds a frame, medians, by what is called.
"""

import argparse
import json
import statistics
import time

import numpy as np
import onnxruntime as ort

# The first ones are not counted.
WARM, COUNTED = 3, 12
BATCH = 8


def draw(*shape):
    return np.random.default_rng(1).uniform(-0.5, 0.5, shape).astype(np.float32)


def timed(call, batch=1):
    seconds = []
    for _ in range(WARM + COUNTED):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[WARM:]) / batch * 1000


def bound(session, once, outputs, batch=1):
    """With what is the same in every call bound before."""
    binding = session.io_binding()
    for name, value in once.items():
        binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(value))
    for name in outputs:
        binding.bind_output(name)
    points = draw(batch, 21, 3)

    def call():
        binding.bind_cpu_input("kp_driving", points)
        session.run_with_iobinding(binding)
        return [value.numpy() for value in binding.get_outputs()]

    return timed(call, batch)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--published", required=True)
    parser.add_argument("--adapted", required=True)
    args = parser.parse_args()
    published, adapted = (
        ort.InferenceSession(path, providers=["CPUExecutionProvider"]) for path in (args.published, args.adapted)
    )
    once = {"feature_3d": draw(1, 32, 16, 64, 64), "kp_source": draw(1, 21, 3)}
    feed = {**once, "kp_driving": draw(1, 21, 3)}
    pixels = ["pixels", "not_finite"]
    print(json.dumps({
        "published graph, everything fed, floats fetched (the peer's)": timed(lambda: published.run(None, feed)),
        "published graph, volume bound": bound(published, once, ["out"]),
        "adapted graph, volume bound, bytes fetched (gaze's)": bound(adapted, once, pixels),
        f"the same, {BATCH} at a time": bound(adapted, once, pixels, BATCH),
    }))


if __name__ == "__main__":
    main()
