"""What the desk knows and does: one module a subject, no Streamlit and no HTTP."""
