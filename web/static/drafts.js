// Keeps what is typed into the forms of a screen, letter by letter, as a draft on the server.
//
// Streamlit hears of a text when its field is left, and forgets a tap whose run is cut off by a
// reload. A form that has drafts carries a mark (pages/parts/drafts.py) that names its fields.
// Text typed into them goes to /draft at once, again until it is taken, and by a beacon when the
// page is left; no text is kept in the browser. Of taps the browser keeps, from leaving a page to
// the next one, which answers were chosen in that form, and taps those that did not come back.
(() => {
  "use strict";
  const WAIT = 60; // milliseconds from a letter to its sending
  const AGAIN = 700; // after a failure, and that much longer each time
  const PATIENCE = 5000; // for an answer
  const FRESH = 10 * 60_000; // so old may taps be that are tapped again
  const PLACE = "desk-drafts";
  const pending = new Map(); // form → {id, texts} not taken yet
  const last = new Map(); // form → {id, texts} as typed last
  let sending = false, timer = 0, failures = 0;
  let sent = false; // a button was tapped since: the form may be saved
  let trouble = null; // what was chosen when the connection broke, or before the page was loaded

  const marks = () =>
    [...document.querySelectorAll("[data-draft]")].map((one) => JSON.parse(one.dataset.draft));
  const named = (key) => `st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")}`;
  const fieldOf = (key) => document.querySelector(`.${named(key)}`);

  // The form and the field that an element belongs to, if there is a draft of it.
  const placeOf = (element) => {
    for (const mark of marks())
      for (const key of mark.keys) if (element.closest(`.${named(key)}`)) return { mark, key };
    return null;
  };

  // ---- text

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
      sent = false;
      put(pending, place.mark, place.key, event.target.value);
      put(last, place.mark, place.key, event.target.value);
      plan(WAIT);
    },
    true,
  );

  const plan = (wait) => {
    if (!timer && !sending && pending.size) timer = setTimeout(send, wait);
  };

  const send = async () => {
    timer = 0;
    const [form, { id, texts }] = pending.entries().next().value;
    const these = { ...texts };
    sending = true;
    let status = 0;
    const patience = new AbortController();
    const over = setTimeout(() => patience.abort(), PATIENCE);
    try {
      const answer = await fetch("/draft", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ form, id, texts: these }),
        keepalive: true,
        signal: patience.signal,
      });
      status = answer.status;
    } catch {
      // No answer: said below, and sent again.
    }
    clearTimeout(over);
    sending = false;
    if ([204, 400, 410, 413].includes(status)) {
      const now = pending.get(form);
      if (now?.id === id) {
        for (const key of Object.keys(these))
          if (now.texts[key] === these[key]) delete now.texts[key];
        if (!Object.keys(now.texts).length) pending.delete(form);
      }
      failures = 0;
      say(status === 413 ? "full" : "");
      plan(WAIT);
    } else {
      failures += 1;
      say(status === 401 || status === 403 ? "ended" : status ? "full" : "away");
      plan(AGAIN * Math.min(failures, 8));
    }
  };

  // A failure is said at once, and until it is over.
  const say = (what) => {
    let bar = document.getElementById("draft-alert");
    const words = what && marks()[0]?.[what];
    if (!words) {
      if (!what) bar?.remove();
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

  // ---- taps

  const CHOSEN = "[aria-checked=true], [aria-pressed=true], [data-selected=true]";
  const answersOf = (field) => [
    ...(field?.querySelectorAll("[data-testid=stButtonGroup] button") ?? []),
  ];
  const boxOf = (field) => field?.querySelector("[data-testid=stCheckbox] input[type=checkbox]");
  const said = (button) => button.textContent.trim();

  // What is chosen now, by form and field: words on the answers, and ticks.
  const chosen = () =>
    marks().map(({ form, id, by, keys }) => {
      const fields = {};
      for (const key of keys) {
        const field = fieldOf(key);
        const answers = answersOf(field);
        const box = boxOf(field);
        // By class, not by key: letters that no class may hold make some keys one.
        if (answers.length)
          fields[named(key)] = answers.filter((one) => one.matches(CHOSEN)).map(said);
        else if (box) fields[named(key)] = box.checked;
      }
      return { form, id, by, fields };
    });

  // Tap one answer that is other than it was; true when something was tapped.
  const tapAgain = (forms) => {
    for (const { id, by, fields } of forms) {
      const here = marks().find((mark) => mark.id === id && mark.by === by);
      for (const [key, was] of here ? Object.entries(fields) : []) {
        const field = document.querySelector(`.${key}`);
        let next = null;
        if (typeof was === "boolean") {
          const box = boxOf(field);
          if (box && box.checked !== was) next = box;
        } else {
          const answers = answersOf(field);
          const words = answers.map(said);
          const other = answers.filter((one) => was.includes(said(one)) !== one.matches(CHOSEN));
          // First what is to be chosen: of answers that exclude each other the rest follows.
          if (was.every((one) => words.includes(one)))
            next = other.find((one) => was.includes(said(one))) ?? other[0];
        }
        if (next && !next.disabled) {
          next.click();
          return true;
        }
      }
    }
    return false;
  };

  const write = (element, text) => {
    const kind = element.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    element.focus({ preventScroll: true });
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(element, text);
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.blur(); // so that Streamlit hears of it
  };

  // Letters that the screen lost when the connection did.
  const typeAgain = () => {
    for (const [form, { id, texts }] of last) {
      if (!marks().some((mark) => mark.form === form && mark.id === id)) continue;
      for (const [key, text] of Object.entries(texts)) {
        const element = fieldOf(key)?.querySelector("input, textarea");
        if (element && isText(element) && !element.disabled && element.value !== text)
          write(element, text);
      }
    }
  };

  const app = () => document.querySelector("[data-testid=stApp]")?.dataset ?? {};
  const quiet = () =>
    app().testConnectionState === "CONNECTED" && app().testScriptState === "notRunning";

  // Once the screen is still: put back what is missing, one answer at a time.
  let calm = 0;
  let tries = 0;
  const mend = () => {
    if (app().testConnectionState && app().testConnectionState !== "CONNECTED" && !trouble?.broken)
      if (marks().length) {
        trouble = { at: Date.now(), forms: sent ? [] : chosen(), broken: true };
        tries = 0;
      }
    if (!trouble) return;
    if (Date.now() - trouble.at > FRESH) trouble = null;
    else if (!quiet() || !trouble.forms.some(({ id }) => marks().some((mark) => mark.id === id)))
      calm = 0;
    else if (tries < 20 && tapAgain(trouble.forms)) {
      tries += 1;
      calm = 0;
    } else if (++calm > 4) {
      if (trouble.broken) typeAgain();
      trouble = null;
      calm = 0;
    }
  };
  setInterval(mend, 100);

  document.addEventListener(
    "click",
    (event) => {
      if (!event.isTrusted || !event.target.closest) return;
      if (placeOf(event.target)) sent = false;
      else if (event.target.closest("button, a")) sent = true;
      else return;
      if (app().testConnectionState === "CONNECTED") trouble = null; // the hand knows better
    },
    true,
  );

  addEventListener("pagehide", () => {
    for (const [form, { id, texts }] of pending)
      navigator.sendBeacon("/draft", JSON.stringify({ form, id, texts }));
    const forms = sent ? [] : trouble?.forms ?? chosen();
    const here = { at: Date.now(), path: location.pathname, forms };
    if (forms.length) sessionStorage.setItem(PLACE, JSON.stringify(here));
  });
  const before = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  sessionStorage.removeItem(PLACE);
  if (before?.path === location.pathname) trouble = before;
})();
