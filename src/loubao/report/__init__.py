"""report.html: the run at a glance, one page that needs no network.

suppression.py  counts too small to be shown, and those that would reveal them
figures.py      people: how many, where, of what age, on which lists; files and pairs
tables.py       figures → tables
charts.py       figures → options of the chart library; flow_chart.py the flow
html_page.py    all of it → the page
page/           its template, style and script; the chart library (tools/build_charts.py)
"""
