"""One implementation of one kernel: runs it once for each line on standard input.

    python child.py draft levenshtein 120     # cpython | draft | mypyc | numba
    python child.py prepare levenshtein …     # builds the drafts, all in one crate

Also run by PyPy, so that it imports nothing that is not everywhere.
"""

import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "target", "bench-kernels")
UV = os.path.join(ROOT, ".build", "uv", "bin", "uv")


def every():
    """The names of all kernels."""
    return sorted(name[:-3] for name in os.listdir(PROGRAMS) if name.endswith(".py"))


def drafts(kernels):
    """The drafts of all kernels, built once and kept."""
    from pathlib import Path

    from carveout.trial import trial

    names = [kernel + ":run" for kernel in kernels]
    return trial(names, search_path=[Path(PROGRAMS)], home=Path(WORK) / "trial", release=True)


def implementation(way, kernel):
    """The function to time."""
    sys.path.insert(0, PROGRAMS)
    if way == "mypyc":
        sys.path.insert(0, compiled(kernel))
    if way == "draft":
        one = drafts(every())[kernel + ":run"]
        if one.refusals:
            raise RuntimeError(f"{one.refusals[0].code}: {one.refusals[0].message}")
        return one.call
    module = __import__(kernel)
    if way == "numba":
        from numba import njit

        # As little as there is to do: the functions of the file, compiled.
        for name, value in list(vars(module).items()):
            if callable(value) and getattr(value, "__module__", "") == kernel:
                setattr(module, name, njit(value))
    return module.run


def compiled(kernel):
    """A folder with the kernel compiled by mypyc."""
    import shutil
    import subprocess

    folder = os.path.join(WORK, "mypyc", kernel)
    os.makedirs(folder, exist_ok=True)
    if not any(name.endswith(".so") for name in os.listdir(folder)):
        shutil.copy(os.path.join(PROGRAMS, kernel + ".py"), folder)
        # In an environment of its own, which has the C side's build tool.
        command = [UV, "run", "-q", "--no-project", "--python", sys.executable]
        command += ["--with", "mypy==2.4.1", "--with", "setuptools"]
        command += ["python", "-m", "mypyc", kernel + ".py"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines() or [""]
            raise RuntimeError("mypyc: " + said[-1][:120])
    return folder


def main():
    if sys.argv[1] == "prepare":
        for name, one in drafts(every()).items():
            if one.refusals:
                print("    " + name + ": " + one.refusals[0].message)
        for kernel in every():
            try:
                compiled(kernel)
            except Exception:  # said again when it is to run
                continue
        return
    way, kernel, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        run = implementation(way, kernel)
    except BaseException as error:
        run, absent = None, f"{type(error).__name__}: {str(error)[:160]}"
    for _ in sys.stdin:
        if run is None:
            said = {"absent": absent}
        else:
            try:
                start = time.perf_counter()
                result = run(size)
                said = {"seconds": time.perf_counter() - start, "result": repr(result)}
                if "Sentinel" in said["result"]:
                    said = {"absent": "declined"}
            except BaseException as error:
                said = {"absent": f"{type(error).__name__}: {str(error)[:160]}"}
        out.write(json.dumps(said) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
