"""DSP: a windowed FIR filter over a signal, and its energy."""

import math


def run(n: int) -> float:
    taps: list[float] = []
    for k in range(31):
        x = (k - 15) * 0.2
        window = 0.54 - 0.46 * math.cos(2.0 * math.pi * k / 30.0)
        taps.append((1.0 if k == 15 else math.sin(x) / x) * window)
    signal = [math.sin(i * 0.01) + 0.5 * math.sin(i * 1.3) for i in range(n)]
    energy = 0.0
    for i in range(30, n):
        value = 0.0
        for k in range(31):
            value += taps[k] * signal[i - k]
        energy += value * value
    return energy
