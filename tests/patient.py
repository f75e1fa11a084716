"""A pytest plugin for nbval on a notebook anywhere: patient with kernels and with busy machines."""

from notebooks.kernels import be_patient


def pytest_collection_modifyitems(items):
    """Start kernels as notebooks/kernels.py says."""
    be_patient(items)
