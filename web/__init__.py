"""Plain HTTP beside the Streamlit screens: class pages, calendars, sign-in, slips, health."""
