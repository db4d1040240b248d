// An answer that is not "done" (401, 409, 413, 422, 429, 503 …) is shown at the field or form that asked, and
// nothing else on the page moves.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const place = requestConfig.elt.closest(".field, form")?.querySelector(".trouble");
  if (xhr.status < 400 || !place) return;
  event.detail.target = place;
  event.detail.swapOverride = "innerHTML";
  event.detail.shouldSwap = true;
});

// "Unlock and save": the passphrase goes with what was being sent, as if nothing had been in the way.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-again]")) again(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-unlock]")) return;
  event.preventDefault();
  again(event.target);
});

function again(inside) {
  const field = inside.closest(".field__after")?.closest(".field").querySelector("[data-writing]");
  inside.closest(".notice").querySelector("[data-unlock]").dataset.ready = "";
  if (field) htmx.trigger(field, "save");
  else inside.closest("form").requestSubmit();
}
