"""The desk: doubtful pairs on a local page, one question at a time.

app.py       what each address of the page does: a card, a decision, a number, the end
guard.py     who may ask: the token, the machine's own name, the page itself; size and headers
pages.py     a card, a list, a message → HTML, in the words of sheets.yaml
serving.py   the server on 127.0.0.1: it starts, opens the browser, and ends
page/        templates, style and script of the page
"""
