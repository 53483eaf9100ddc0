// A button beside every password that shows what is typed: long ones are mistyped unseen.
"use strict";

for (const field of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show";
  button.setAttribute("aria-controls", field.id);
  const say = () => {
    const hidden = field.type === "password";
    button.textContent = hidden ? field.dataset.show : field.dataset.hide;
    button.setAttribute("aria-pressed", String(!hidden));
  };
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    say();
    field.focus();
  });
  // What is shown on the screen is hidden again before it is sent: browsers keep texts, not passwords.
  field.form.addEventListener("submit", () => {
    field.type = "password";
  });
  say();
  field.after(button);
}
