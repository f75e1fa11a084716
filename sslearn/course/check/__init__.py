"""Checks of exercises, and predictions that are kept until they meet their answer."""

from sslearn.course.check.cases import agrees, alike, calls, gradients, own_work
from sslearn.course.check.compare import is_number, is_whole, near, unlike
from sslearn.course.check.degenerate import in_double, mean_of, not_negative, own_routes
from sslearn.course.check.predictions import calibration, predict, pretest, reveal
from sslearn.course.check.properties import CheckResult, Property, check

__all__ = [
    "CheckResult",
    "Property",
    "agrees",
    "alike",
    "calibration",
    "calls",
    "check",
    "gradients",
    "in_double",
    "is_number",
    "is_whole",
    "mean_of",
    "near",
    "not_negative",
    "own_routes",
    "own_work",
    "predict",
    "pretest",
    "reveal",
    "unlike",
]
