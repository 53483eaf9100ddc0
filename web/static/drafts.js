// Keeps what is typed into the forms of a screen, letter by letter, as a draft on the server.
//
// Streamlit hears of a text when its field is left. A form that has drafts carries a mark
// (pages/parts/drafts.py) that names its fields; what is typed into them goes to /draft at once,
// again until it is taken, and by a beacon when the page is left. No text is kept in the browser.
(() => {
  "use strict";
  const WAIT = 60, AGAIN = 700; // milliseconds: between two letters, after a failure
  const pending = new Map(); // form → {id, texts} not taken yet
  const last = new Map(); // form → {id, texts} as typed last
  let sending = false, timer = 0, marksSeen = "";

  const marks = () =>
    [...document.querySelectorAll("[data-draft]")].map((one) => JSON.parse(one.dataset.draft));
  const named = (key) => `st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")}`;

  // The form and the field that an element belongs to, if there is a draft of it.
  const placeOf = (element) => {
    for (const mark of marks())
      for (const key of mark.keys) if (element.closest(`.${named(key)}`)) return { mark, key };
    return null;
  };

  const isText = (element) =>
    (element.matches?.("[data-testid=stTextInput] input") && element.type !== "password") ||
    element.matches?.("[data-testid=stTextArea] textarea");

  const put = (where, mark, key, text) => {
    if (where.get(mark.form)?.id !== mark.id) where.set(mark.form, { id: mark.id, texts: {} });
    where.get(mark.form).texts[key] = text;
  };

  document.addEventListener(
    "input",
    (event) => {
      if (!isText(event.target)) return;
      const place = placeOf(event.target);
      if (!place) return;
      put(pending, place.mark, place.key, event.target.value);
      put(last, place.mark, place.key, event.target.value);
      plan(WAIT);
    },
    true,
  );

  const plan = (wait) => {
    if (!timer && !sending) timer = setTimeout(send, wait);
  };

  const send = async () => {
    timer = 0;
    const next = pending.entries().next();
    if (next.done) return;
    const [form, { id, texts }] = next.value;
    const sent = { ...texts };
    sending = true;
    let status = 0;
    try {
      const answer = await fetch("/draft", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ form, id, texts: sent }),
        keepalive: true,
        signal: AbortSignal.timeout(5000),
      });
      status = answer.status;
    } catch {
      status = 0;
    }
    sending = false;
    if (status === 204 || status === 410 || status === 400 || status === 413) {
      const now = pending.get(form);
      if (now?.id === id) {
        for (const key of Object.keys(sent)) if (now.texts[key] === sent[key]) delete now.texts[key];
        if (!Object.keys(now.texts).length) pending.delete(form);
      }
      say(status === 413 ? "full" : "");
      plan(WAIT);
    } else {
      say(status === 401 || status === 403 ? "ended" : status ? "full" : "away");
      plan(AGAIN);
    }
  };

  // A failure is said at once, and until it is over.
  const say = (what) => {
    let bar = document.getElementById("draft-alert");
    const words = what && marks()[0]?.[what];
    if (!words) {
      bar?.remove();
      return;
    }
    if (!bar) {
      bar = document.createElement("div");
      bar.id = "draft-alert";
      bar.setAttribute("role", "alert");
      bar.style.cssText =
        "position:fixed;left:1rem;right:1rem;top:1rem;z-index:1000000;padding:.8rem 1rem;" +
        "border-radius:.6rem;background:#8A1C1C;color:#fff;font-size:1.1rem;font-weight:bold";
      document.body.append(bar);
    }
    if (bar.textContent !== words) bar.textContent = words;
  };

  addEventListener("pagehide", () => {
    for (const [form, { id, texts }] of pending)
      navigator.sendBeacon("/draft", JSON.stringify({ form, id, texts }));
  });
})();
