// Locks the screen: after idle minutes, at 席をはなれる, and as soon as the server says so.
//
// The lock is a modal dialog over the page. Nothing under it can be read or reached, and nothing
// under it changes: what was typed is there when the PIN or password was right. Who is here, and
// every word, stands in a mark of the page (pages/parts/lock.py). Whether somebody is let in is the
// server's matter alone: it refuses everything while it calls the session locked.
(() => {
  "use strict";
  const LOOK = 500; // milliseconds from one look at the clock to the next
  const TELL = 30_000; // the server hears of touches no more often
  const KEY = "desk-lock"; // in every tab of this browser: the session that is locked
  const TOUCHED = "desk-touched"; // and when somebody touched one of them
  const root = document.documentElement;
  let facts = null; // of the newest mark; stays when the page has none any more
  let said = "";
  let lock = null; // the dialog while it is open: {dialog, must, before}
  let wall = Date.now(); // the last touch by the clock on the wall, which goes on in sleep
  let steady = performance.now(); // and by one that nobody can set
  let told = 0;
  let untold = false;

  const keep = (name, value) => {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch {
      // A browser that keeps nothing locks each tab for itself.
    }
  };
  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };

  const post = (path, body) =>
    fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body ?? {}),
      keepalive: true,
    });

  const read = () => {
    const mark = document.querySelector("[data-lock]")?.dataset.lock;
    if (!mark || mark === said) return;
    said = mark;
    facts = JSON.parse(mark);
    if (facts.locked) show(true);
    else if (kept(KEY) === facts.session) lockNow();
  };

  // ---- idle

  const idle = () => {
    const now = Date.now();
    const elsewhere = Number(kept(TOUCHED)) || 0;
    if (elsewhere > wall && elsewhere <= now) return now - elsewhere;
    // A clock that was set back must not give more time; one that slept with the tablet neither.
    return Math.max(now - wall, performance.now() - steady);
  };
  const isIdle = () => facts !== null && idle() >= facts.idle;

  const touch = () => {
    const before = wall;
    wall = Date.now();
    steady = performance.now();
    if (Math.abs(wall - before) > 1000) keep(TOUCHED, String(wall));
    untold = true;
  };

  const felt = (event) => {
    if (!event.isTrusted || lock?.must || !facts) return;
    if (isIdle()) {
      // Somebody wakes a screen that was left: this tap belongs to nobody.
      event.preventDefault();
      event.stopImmediatePropagation();
      lockNow();
    } else touch();
  };
  for (const kind of ["pointerdown", "pointermove", "keydown", "touchstart", "wheel", "input"])
    addEventListener(kind, felt, { capture: true, passive: false });

  const tell = async () => {
    untold = false;
    told = Date.now();
    answered(await status("/seen"));
  };
  const ask = async () => answered(await status("/seen?ask=1"));
  const status = async (path) => {
    try {
      return (await post(path)).status;
    } catch {
      return 0; // no answer: the clock of this browser goes on
    }
  };
  const answered = (code) => {
    if (code === 423 || code === 401) show(true, code === 401);
    else if (code === 204 && lock?.must && kept(KEY) !== facts.session) unlock();
  };

  // ---- lock and unlock

  const lockNow = () => {
    keep(KEY, facts.session);
    show(true);
    status("/lock");
  };
  const unlock = () => {
    if (kept(KEY) === facts?.session) keep(KEY, null);
    touch();
    const { dialog, before } = lock;
    lock = null;
    dialog.close();
    dialog.remove();
    root.classList.remove("desk-locked", "desk-veiled");
    before?.focus?.({ preventScroll: true });
    // A screen that was asked for while it was locked is asked for again.
    const waiting = document.querySelector(".st-key-unlocked button");
    if (waiting) waiting.click();
    else if (!document.querySelector("[data-lock]")) location.reload();
  };

  const make = (tag, with_, ...children) => {
    const made = Object.assign(document.createElement(tag), with_);
    made.append(...children);
    return made;
  };

  // `must`: nothing else can be done; else the person may go back. `over`: the session ended.
  const show = (must, over = false) => {
    if (!facts || !document.body) return;
    if (must) root.classList.add("desk-locked");
    if (lock && (lock.must || !must)) {
      if (over && !facts.pin) lock.again.hidden = false;
      return;
    }
    lock?.dialog.remove();
    const { words } = facts;
    const title = make("h2", { id: "desk-lock-title", textContent: must ? words.title : words.prove });
    const field = make("input", {
      id: "desk-lock-secret",
      type: "password",
      autocomplete: facts.pin ? "off" : "current-password",
      inputMode: facts.pin ? "none" : "text", // the keys below are larger
      maxLength: facts.pin || 200,
      required: true,
    });
    const label = make("label", { htmlFor: field.id, textContent: words.secret });
    const alert = make("p", { id: "desk-lock-alert" });
    alert.setAttribute("role", "alert");
    field.setAttribute("aria-describedby", alert.id);
    const submit = make("button", { type: "submit", textContent: words.go });
    const again = make("a", { href: facts.sign_in, textContent: words.again, hidden: !over || facts.pin });
    const ways = make(
      "div",
      { className: "desk-ways" },
      must
        ? make("a", { href: facts.other, textContent: words.other })
        : make("button", { type: "button", textContent: words.back, onclick: () => unlock() }),
      again,
    );
    const form = make("form", { noValidate: true }, title, label, field, alert);
    if (facts.pin) form.append(keys(field, form));
    form.append(submit, ways);
    const dialog = make("dialog", { id: "desk-lock", className: facts.pin ? "desk-pin" : "" }, form);
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.setAttribute("closedby", "none");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => lock?.dialog === dialog && dialog.showModal());
    for (const kind of ["keydown", "keyup", "keypress"]) // no shortcut of the page below
      dialog.addEventListener(kind, (event) => event.stopPropagation());
    field.addEventListener("input", () => {
      alert.textContent = "";
      if (facts.pin && field.value.length === facts.pin) form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      prove(field, alert, submit);
    });
    lock = { dialog, must, again, before: lock?.before ?? document.activeElement };
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
    root.classList.remove("desk-veiled");
  };

  const keys = (field, form) => {
    const type = (text) => {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const key = (text, does, more = {}) =>
      make("button", { type: "button", textContent: text, onclick: does, ...more });
    const digit = (one) =>
      key(one, () => field.value.length < facts.pin && type(field.value + one));
    const word = { className: "desk-word" };
    return make(
      "div",
      { className: "desk-keys" },
      ...[..."123456789"].map(digit),
      key(facts.words.clear, () => type(""), word),
      digit("0"),
      key(facts.words.last, () => type(field.value.slice(0, -1)), word),
    );
  };

  const prove = async (field, alert, submit) => {
    if (submit.disabled || !field.value) return;
    submit.disabled = true;
    let status = 0;
    let answer = {};
    try {
      const response = await post(`/prove?lang=${facts.lang}`, { secret: field.value });
      status = response.status;
      if (status !== 204) answer = await response.json();
    } catch {
      // No answer, or none of ours: said below.
    }
    submit.disabled = false;
    field.value = "";
    if (status === 204) {
      keep(KEY, null);
      unlock();
      return;
    }
    alert.textContent = answer.sentence ?? facts.words.away;
    if (answer.over && lock) lock.again.hidden = false;
    field.focus();
  };

  // ---- what happens to the page

  document.addEventListener(
    "click",
    (event) => {
      const tapped = (where) => event.target.closest?.(where);
      const leaves = facts && tapped(".st-key-leave a, .st-key-leave button");
      const proves = facts && tapped('[class*="st-key-prove_"] button');
      if (!leaves && !proves) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (leaves) lockNow();
      else show(false);
    },
    true,
  );

  const look = () => {
    read();
    if (facts && !lock?.must && isIdle()) lockNow();
    else if (facts && untold && !lock?.must && Date.now() - told >= TELL) tell();
  };
  const seenAgain = () => {
    read();
    if (facts && !lock?.must && isIdle()) lockNow();
    root.classList.remove("desk-veiled");
    if (facts) ask(); // somebody may have signed out elsewhere
  };
  setInterval(look, LOOK);
  document.addEventListener("visibilitychange", () => {
    // Veiled while nobody looks: a tablet that wakes shows no moment of what was there.
    if (!document.hidden) seenAgain();
    else if (facts) root.classList.add("desk-veiled");
  });
  addEventListener("pageshow", (event) => event.persisted && seenAgain());
  addEventListener("storage", (event) => {
    if (!facts || event.key !== KEY) return;
    if (event.newValue === facts.session) show(true);
    else if (lock?.must) ask();
  });
  new MutationObserver(read).observe(root, { childList: true, subtree: true });
})();
