"""The page: asks, calls the engine and shows; the only folder that imports streamlit."""
