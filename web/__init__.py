"""Plain HTTP beside the Streamlit screens: sign-in, slips to print, Leaflet, health."""
