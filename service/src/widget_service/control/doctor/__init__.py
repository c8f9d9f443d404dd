"""The doctor: what is configured, reachable and wrong, each with how to mend it.

It changes nothing, except that a database of an earlier version is brought to this one when it is opened.
"""

from widget_service.control.doctor.examine import examine, examine_running
from widget_service.control.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine", "examine_running"]
