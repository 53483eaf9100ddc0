"""Underserved neighbourhoods (届いていない地区): who is in need, what is near, what is used."""

from desk.gaps.neighbourhood import Neighbourhood, neighbourhood
from desk.gaps.report import Report, assess, report
from desk.gaps.rows import Row

__all__ = ["Neighbourhood", "Report", "Row", "assess", "neighbourhood", "report"]
