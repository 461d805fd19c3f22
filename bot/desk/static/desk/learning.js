// The review inbox by keyboard: the keys that stand on the buttons, and Enter in a field sends what the field is for.
const typing = (element) => element.closest("input:not([type=checkbox]), select, textarea");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("[data-sends]");
  if (field && event.key === "Enter") {
    event.preventDefault();
    field.form.querySelector(`button[value="${field.dataset.sends}"]`).click();
    return;
  }
  if (event.key === "Escape" && typing(event.target)) { document.getElementById("card")?.focus(); return; }
  if (typing(event.target)) return;
  const key = CSS.escape(event.key);
  const button = document.querySelector(`#inbox [data-key="${key}"]`);
  const focus = document.querySelector(`#inbox [data-focus="${key}"]`);
  if (!button && !focus) return;
  event.preventDefault();
  if (button) button.click();
  else focus.focus();
});

// The next card is read out and the keys go on working.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "inbox") document.getElementById("card")?.focus();
});
