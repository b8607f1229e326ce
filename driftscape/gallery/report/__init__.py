"""Draw the figures, check them and write the report.

figure       `About` (the paper), `Check` (one number), `Figure`; canvas and style of the drawings
catalogue    find, name and load the figures
drawing      draw figures, one after the other or several at a time
stopping     Ctrl-C and SIGTERM keep what is finished
outcome      the result of one figure, and its checks as text
reproduce    the command ``driftscape reproduce``: draw, print, save
reports      write ``report.json`` and ``report.html``
page         the text of ``report.html``
"""
