"""Makes the helpers of this folder importable by name: tests lie in no package."""

import importlib.util
import sys
from pathlib import Path

for _name in ("host_cpp", "fake_cupy", "nvrtc", "pairwise", "cases"):
    _path = Path(__file__).with_name(f"{_name}.py")
    if _path.exists() and _name not in sys.modules:
        _spec = importlib.util.spec_from_file_location(_name, _path)
        sys.modules[_name] = importlib.util.module_from_spec(_spec)
        _spec.loader.exec_module(sys.modules[_name])
