"""The page behind a web link: opens Horizon with the invite, which stays in the browser (PROTOCOL section 2).

The invite's secret half stands in the URL's fragment, which a browser does not send. The page is the same for
every locator, names no outside resource, and reflects nothing of the request.
"""

import base64
import re
from typing import Final

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.ports.hub_server import Page

PREFIX: Final = "/join/"
_LOCATOR: Final = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; }
a.open { display: inline-block; padding: .75rem 1.5rem; border-radius: .5rem; background: #1f5fbf; color: #fff;
  text-decoration: none; font-weight: 600; }
a.open:focus-visible { outline: 3px solid #8ab4f8; outline-offset: 2px; }
code { font-size: .95em; }
"""
_SCRIPT: Final = """
"use strict";
const body = location.hash.slice(1);
const isWhole = /^[A-Za-z0-9_-]{90,480}$/.test(body);
document.getElementById("whole").hidden = !isWhole;
document.getElementById("cut").hidden = isWhole;
if (isWhole) { document.getElementById("open").href = "horizon://join/" + body; }
"""
_HTML: Final = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Join in Horizon</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>You are invited to work together</h1>
<div id="whole" hidden>
<p><a class="open" id="open" rel="noreferrer">Open in Horizon</a></p>
<p>Then enter the code that your host gives you another way. Never enter it on a web page.</p>
</div>
<p id="cut">This link is cut off. Copy the whole link, from https to the end.</p>
<h2>Horizon is not installed?</h2>
<p>Run <code>pipx install "horizon-desktop[desktop]"</code>, then open this link again.
Without a window: <code>horizon join</code>, and paste the link when it asks.</p>
<noscript><p>This page needs a script to hand the link over. You can paste the whole link into Horizon instead.</p>
</noscript>
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _source_hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(sha256(text.encode())).decode("ascii") + "'"


_HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src {_source_hash(_SCRIPT)}; style-src {_source_hash(_STYLE)}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "clipboard-read=(), camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def join_page(path: str) -> Page:
    """Return the page for `/join/LOCATOR`, or 404 where that is no locator (22 letters, base64url)."""
    if _LOCATOR.fullmatch(path.removeprefix(PREFIX)) is None:
        return Page(status=404, body=b"This is no invite.\n", headers={"Cache-Control": "no-store"})
    return Page(status=200, body=_HTML.encode(), content_type="text/html", headers=_HEADERS)
