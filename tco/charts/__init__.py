"""Charts as plain data, and what they show in words: pure functions of an answer.

Finished answers and analyses enter; the page and the command line draw with the same figures.

A chart is a module that ends in its `Chart`, and an entry in `registry`. Nothing here needs
streamlit; plotly draws on paper only.
"""
