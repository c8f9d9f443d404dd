/** What every page does: questions before what cannot be taken back, copying, and a switch of the tenant without a button. */

document.addEventListener("submit", (event) => {
  const question = event.target.dataset?.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const selection = getSelection();
    selection.selectAllChildren(document.getElementById(button.dataset.copy));
    button.textContent = "Press Ctrl+C";
  }
});

const tenant = document.getElementById("tenant");
if (tenant) {
  tenant.form.querySelector("button").hidden = true;
  tenant.addEventListener("change", () => tenant.form.submit());
}

// htmx leaves what was there before in its place where an answer is an error; the admin must see why.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) event.detail.shouldSwap = true;
});
