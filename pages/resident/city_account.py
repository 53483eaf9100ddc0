"""Who: somebody who works for the city. Wants: sign in with the city's account.

Reached from the sign-in page by way of /sign-in/city, which marks the browser that begins.
"""

import streamlit as st

from desk import oidc
from pages.parts import links
from pages.parts.words import _

st.title(_("Sign in with the city's account"))
if oidc.configured():
    st.markdown(_("The city's sign-in opens."))
    st.login()
else:
    links.here(_("Sign in"), "/sign-in", key="city", icon=":material/login:", type="primary")
