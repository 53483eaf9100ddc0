"""The few style rules of the screens, in the one place that may hold any."""

import json

import streamlit as st

from desk.refusals import N_
from pages.parts.words import _

_RULES = """
.stMainBlockContainer { padding: 4.2rem 1.5rem 3rem; max-width: 72rem; }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: .6rem; }
/* Touch targets of 48 px for what is tapped at a desk. */
.stButton button, .stLinkButton a, .stDownloadButton button, .stFormSubmitButton button,
.stPageLink a { min-height: 48px; }
[data-testid="stButtonGroup"] button { min-height: 48px; padding-inline: .8rem; }
.stCheckbox label { min-height: 44px; align-items: center; }
.stElementContainer:has(> .stHtml > style) { display: none; }
.st-key-head [data-testid="stButtonGroup"] button,
.st-key-head .stLinkButton a, .st-key-head .stPopover button {
  min-height: 44px; padding-inline: .6rem;
}
/* Streamlit pulls what follows a heading into it. */
.stHeading [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
h1 { font-size: 1.6rem !important; padding: 0 0 .1rem !important; }
/* Not the title of a dialog, which keeps its own place. */
.stHeading h2 { font-size: 1.35rem !important; padding: .3rem 0 !important; }
h3 { font-size: 1.15rem !important; padding: .2rem 0 !important; }
[data-testid="stHeaderActionElements"] { display: none; }
/* Streamlit's own 0.6 is below a contrast of 4.5. */
[data-testid="stCaptionContainer"] { opacity: .8; }
/* In English only, and it names the browser's limit instead of the desk's. */
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
.stMarkdown code { font-size: 1rem; }
[class*="st-key-big"] button, [class*="st-key-big"] a { min-height: 72px; font-size: 1.25rem; }
/* Choices as even tiles: a long word goes on in a second line. */
[class*="st-key-tiles"] [role="radiogroup"] {
  display: grid; grid-template-columns: repeat(4, 1fr); gap: .35rem; }
[class*="st-key-tiles"] [data-testid="stButtonGroup"] button { width: 100%; padding-inline: .3rem; }
[class*="st-key-tiles"] [data-testid="stButtonGroup"] button * {
  /* No line begins with ー: マイナンバー goes before カード. */
  white-space: normal; overflow: visible; line-break: strict; }
[class*="st-key-tiles_big"] [data-testid="stButtonGroup"] button { min-height: 56px; }
.st-key-log_head { min-height: 4rem; }  /* the receipt moves nothing */
.st-key-log_head [data-testid="stAlertContainer"],
.st-key-log_card [data-testid="stAlertContainer"] { padding: .4rem .8rem; }
/* The button of the form before, until the run is over. */
.st-key-log_save > :nth-child(n+2) { display: none; }
.st-key-receipt [data-testid="stAlertContainer"] p { font-size: .95rem; line-height: 1.35; }
@media (min-width: 641px) { .st-key-receipt { flex-wrap: nowrap; } }
.st-key-big_rush button { min-height: 96px; }
.st-key-big_rush button * { white-space: normal; overflow: visible; }
.st-key-big_rush strong { font-size: 1.7rem; }
[data-testid="stNumberInputContainer"] { min-height: 50px; }
[data-testid="stNumberInputContainer"] button { min-width: 48px; min-height: 48px; }
/* What tells the browser which fields are a draft's. */
[class*="st-key-draft_mark"] { display: none; }
[class*="st-key-draft_line"] { padding: 0 .8rem; border-radius: .6rem; background: #F3F6F4; }
.st-key-code p { font: bold 2.4rem/1.2 monospace; letter-spacing: .12em; }
.st-key-when p { font-size: 1.5rem; font-weight: bold; line-height: 1.3; }
/* What was just done and the way back: seen wherever the page is scrolled to. */
.st-key-undo_bar { position: fixed; left: 1rem; right: 1rem; bottom: 1rem; z-index: 990;
  width: auto; max-width: 60rem; margin: 0 auto; padding: .6rem 1rem; border-radius: .6rem;
  background: #E7F1EE; border: 2px solid #0B5D57; box-shadow: 0 4px 16px rgba(0,0,0,.18); }
/* The procedure navigator: hard stops, places that are closed, lists of procedures. */
.st-key-guide_stops, [class*="st-key-guide_stop_"] { padding: .5rem .9rem; border-radius: .4rem;
  border-left: .5rem solid #B45309; background: #FFF4E5; }
[class*="st-key-guide_closed_"] { background: #EEF1EF; }
[class*="st-key-guide_"] [data-testid="stMarkdownContainer"] p:has(+ :is(ul, ol)) {
  margin-bottom: .15rem; }
.st-key-big_groups button *, [class*="st-key-guide_list_"] button * { word-break: auto-phrase; }
[class*="st-key-guide_list_"] button { justify-content: flex-start; text-align: left; }
/* Turned round for the resident: nothing else on the screen, nothing smaller than 24 px. */
.stApp:has(.st-key-guide_resident) :is(.stAppHeader, .stSidebar, .st-key-head) { display: none; }
.stApp:has(.st-key-guide_resident) .stMainBlockContainer { padding-top: 1rem; }
.st-key-guide_resident :is(p, li, h2, h3, button, button p) { font-size: 24px !important; }
.st-key-guide_resident h1 { font-size: 32px !important; margin: 0; }
.st-key-guide_resident rt { font-size: max(24px, .5em); font-weight: normal; }
.st-key-guide_resident .guide-said { font-size: clamp(34px, 5vw, 52px) !important;
  line-height: 1.7; margin: 0; text-wrap: pretty; }
.st-key-guide_resident .guide-stop { padding-left: 1.2rem; border-left: 12px solid #B45309; }
.st-key-guide_resident .guide-stop strong { display: block; font-size: 28px; color: #8A3B00; }
.st-key-guide_resident .guide-list { font-size: 28px; line-height: 1.5; }
.st-key-guide_resident .guide-list :is(p, li) { font-size: 28px !important; }
.st-key-guide_resident .guide-list :is(h2, h3, p, ul) { margin: 0; padding-block: .2rem; }
.st-key-guide_resident .guide-list li { margin-block: .4rem 0; }
.st-key-guide_resident .guide-list h2 { font-size: 36px !important; }
.st-key-guide_resident .guide-list h3 { font-size: 30px !important; }
.st-key-guide_resident .guide-list em { font-style: normal; color: #8A3B00; }
.st-key-guide_resident .guide-note { margin: 0; }
/* How it will look, on the screen of whoever edits it: smaller, but the same. */
.st-key-guide_preview :is(.guide-said, .guide-list) {
  font-size: 1.25rem; line-height: 1.8; margin: 0; }
.st-key-guide_preview .guide-stop { padding-left: .8rem; border-left: 8px solid #B45309; }
.st-key-guide_preview .guide-stop strong { display: block; color: #8A3B00; }
.st-key-guide_preview .guide-list :is(h2, h3, p, ul) { margin: 0; padding-block: .1rem; }
.st-key-guide_preview .guide-list em { font-style: normal; color: #8A3B00; }
.st-key-guide_card { min-height: 52vh; justify-content: center; }
.st-key-guide_steps button, .st-key-guide_card button { min-height: 88px; }
/* The way on is seen however long a list is; the list goes on behind it. */
[data-testid="stLayoutWrapper"]:has(> .st-key-guide_steps) {
  position: sticky; bottom: 0; z-index: 5; padding-block: .4rem; background: #fff; }
.st-key-guide_resident .st-key-guide_steps button p,
.st-key-guide_resident .st-key-guide_card button p { font-size: 32px !important; }
@media (min-width: 641px) { .st-key-guide_head { flex-wrap: nowrap; } }
@media (max-width: 1200px) {
  /* The words of the navigation say enough; with pictures they would not all be seen. */
  [data-testid="stTopNavLink"] > span:has([data-testid="stIconMaterial"]) { display: none; }
}
@media (max-width: 640px) {
  .st-key-log_head > :has(> .st-key-log_receipt) { flex-basis: 100%; }
  [class*="st-key-tiles"] [role="radiogroup"] { grid-template-columns: repeat(3, 1fr); }
  .stMainBlockContainer { padding: 4.2rem 1rem 2rem; }
  .st-key-head { gap: .3rem; }
  .st-key-head p, .st-key-head span { font-size: .8rem; }
  /* Beside the way out; its name is still read out. */
  .st-key-here_my_sign_in p { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); white-space: nowrap; }
  .st-key-here_my_sign_in a { min-width: 44px; }
  h1 { font-size: 1.45rem !important; }
  .st-key-guide_head > .stElementContainer:has(h1) { order: 1; }
  /* The name of it stands on the first card; on the others the sentence needs the room. */
  .st-key-guide_resident .guide-again { position: absolute; clip-path: inset(50%); }
  .st-key-guide_resident .guide-said { line-height: 1.6; }
  .st-key-guide_card { min-height: 40vh; padding: .6rem; }
  .st-key-guide_steps button { padding-inline: .2rem; }
  .st-key-guide_steps button span:has(> [data-testid="stIconMaterial"]) { display: none; }
  .st-key-guide_resident .st-key-guide_steps button p { font-size: 26px !important; }
}
"""

# Buttons whose words Streamlit writes in English only, and what stands there instead.
_CAMERA = '[data-testid="stCameraInput'
_ENGLISH = {
    f'{_CAMERA}WebcamComponent"] > button': N_("Take the picture"),
    f'{_CAMERA}"] button:has(svg)': N_("Next picture"),
    '[data-testid="stFileUploaderDropzone"] > span > button': N_("Choose a file"),
}


def apply() -> None:
    """Put the rules on the page."""
    words = "".join(
        f"{where} {{ display: flex; align-items: center; justify-content: center; }} "
        f"{where} {{ font-size: 0; }} {where} > * {{ display: none; }} "
        f"{where}::after {{ content: {json.dumps(_(text), ensure_ascii=False)}; font-size: 1rem; }}"
        for where, text in _ENGLISH.items()
    )
    st.html(f"<style>{_RULES}{words}</style>")
