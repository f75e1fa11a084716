"""Checks of exercises, and predictions that are kept until they meet their answer."""

from sslearn.course.check.cases import agrees, alike, calls, gradients, own_work
from sslearn.course.check.compare import is_number, is_whole, near, unlike
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
    "is_number",
    "is_whole",
    "near",
    "own_work",
    "predict",
    "pretest",
    "reveal",
    "unlike",
]
