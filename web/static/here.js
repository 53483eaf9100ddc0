// Streamlit opens every link in another tab. The way in, the way out and the pages of ours that lead
// back stay in this one: a tablet in use all day would otherwise hold dozens of open screens.
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('[class*="st-key-here_"] a[href]');
  // Where somebody asks for another tab they get it.
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
  if (!link || elsewhere || event.defaultPrevented) return;
  event.preventDefault();
  location.assign(link.href);
});
