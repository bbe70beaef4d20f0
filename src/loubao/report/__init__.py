"""report.html: the run at a glance, one page that needs no network.

discretion.py  counts too small to be told, and those that would give them away
figures.py     people: how many, where, of what age, on which lists
quality.py     files and pairs: what is wrong with which export, what the links weigh
charts.py      people → options of the chart library; flow_chart.py the flow
parts.py       … what the charts have in common
tables.py      people → tables
cells.py       … what the tables are made of
quality_charts.py, quality_tables.py  files and pairs → options and tables
html.py        all of it → the page
page/          its template, style and script; the chart library (tools/build_charts.py)
"""
