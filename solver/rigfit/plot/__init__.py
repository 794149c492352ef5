"""Pictures of what-ifs, upgrades and costs (extra `plot`); each takes a result and gives a figure.

- page: a figure in one style, saved so that the same result gives the same bytes
- whatif: quality and time over one resource, a map over two
- upgrade: quality and time over price
- cost: hardware and electricity against services, and where they meet
"""
