"""Underserved neighbourhoods (届いていない地区): who is in need, what is near, what is used."""

from desk.gaps.report import Neighbourhood, Report, report

__all__ = ["Neighbourhood", "Report", "report"]
