"""A plugin for nbval: what the comparison of stored and fresh outputs leaves out beyond pictures and widget views."""


def pytest_collectstart(collector):
    """Leave out stderr: what a library warns of differs from machine to machine. HTML tables are compared."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr", "application/vnd.jupyter.widget-view+json")
