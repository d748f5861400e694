"""The page: asks, calls the engine and shows; the only folder that imports streamlit.

Answers, analyses, charts and stored scenarios enter; no figure is worked out here.
"""
