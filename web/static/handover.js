// The city's provider has answered: go on to the page that opens the session, and leave no address
// with its secret behind in the history of this browser.
"use strict";

new MutationObserver(() => {
  const link = document.querySelector(".st-key-city_handover a[href^='/sign-in/handover?']");
  if (link && !link.dataset.gone) {
    link.dataset.gone = "yes";
    location.replace(link.href);
  }
}).observe(document.documentElement, { childList: true, subtree: true });
