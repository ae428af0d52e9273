"""The CPU: its vector instructions, and how many cores may be used."""

import importlib
import os

import numpy as np


def instruction_sets() -> set[str]:
    """Names of the instruction sets that the CPU has, as NumPy calls them, like "AVX2".

    Examples:
        >>> isinstance(instruction_sets(), set)
        True
    """
    core = "numpy._core" if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else "numpy.core"
    # NumPy chooses its own kernels by it; `numpy.show_runtime` prints it.
    features = importlib.import_module(f"{core}._multiarray_umath").__cpu_features__
    return {name for name, there in features.items() if there}


def vector_instructions() -> str:
    """The widest of them in words.

    Examples:
        >>> vector_instructions() in ("AVX-512 and bfloat16", "AVX-512", "AVX2", "NEON", "others")
        True
    """
    sets = instruction_sets()
    if "AVX512F" in sets:
        return "AVX-512 and bfloat16" if {"AVX512_BF16", "AVX512_SPR"} & sets else "AVX-512"
    if "AVX2" in sets:
        return "AVX2"
    return "NEON" if "NEON" in sets or "ASIMD" in sets else "others"


def cores() -> int:
    """How many cores this process may use; OMP_NUM_THREADS limits them."""
    if hasattr(os, "sched_getaffinity"):
        there = len(os.sched_getaffinity(0))
    else:
        there = os.cpu_count() or 1
    # OpenMP takes a list too, for threads within threads.
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return min(there, int(wanted)) if wanted.isdecimal() and int(wanted) else there
