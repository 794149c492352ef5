"""The probes, one source each. Importing this package registers them, in the order in which they are believed."""

from importlib import import_module

_TRUSTED_FIRST = (
    "nvml", "nvidia_proc", "amd", "intel", "apple", "windows", "torch", "memory", "processor", "storage", "system",
)  # fmt: skip

for _name in _TRUSTED_FIRST:
    import_module(f"{__name__}.{_name}")
