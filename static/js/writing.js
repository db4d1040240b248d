// A field that saves itself says the truth about it: saved, not yet, or kept in this page until it can be sent.
const RETRY = 5000;
const waiting = new Set();
const unsaved = new Set();
const asSent = new WeakMap();

// A field that was exchanged for another, as after a conflict, has nothing left to save.
const present = (fields) => [...fields].filter((field) => field.isConnected);
const status = (field) => field.closest(".field").querySelector(".saved");
const say = (field, what) => {
  const line = status(field);
  line.textContent = line.dataset[what];
  line.classList.toggle("saved--waiting", what !== "saving");
};
const writing = (event) => event.target.closest?.("[data-writing]");
// Two saves under way at once may arrive in the wrong order: each is counted, and what was overtaken changes nothing.
function count(root) {
  for (const mark of root.querySelectorAll("[name=page]")) {
    const [page, sent] = mark.value.split(".");
    mark.value = `${page}.${Number(sent ?? 0) + 1}`;
  }
}
const countIn = (field) => count(field.closest(".field"));
// What is marked may be a form of many fields, which is saved as a whole.
const formOf = (field) => (field.matches("form") ? field : field.form);
function written(field) {
  if (!field.matches("form")) return field.value;
  const data = new FormData(field);
  for (const name of ["rev", "over", "unlock", "page"]) data.delete(name);
  return new URLSearchParams(data).toString();
}

document.addEventListener("input", (event) => {
  const field = writing(event);
  if (!field) return;
  unsaved.add(field);
  say(field, waiting.has(field) ? "offline" : "typing");
});

document.addEventListener("htmx:configRequest", (event) => {
  const field = writing(event);
  if (!field) return;
  countIn(field);
  event.detail.parameters.page = field.closest(".field").querySelector("[name=page]").value;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const field = writing(event);
  if (!field) return;
  // Left as it was saved: sent again it could only meet what the other has written since.
  if (!unsaved.has(field) && field.contains(event.detail.requestConfig.triggeringEvent?.target ?? null)) {
    event.preventDefault();
    return;
  }
  // While its writer is asked to choose, or for their passphrase, nothing is sent behind their back.
  if (field.closest(".field").querySelector(".conflict, [data-unlock]:not([data-ready])")) {
    event.preventDefault();
    say(field, "typing");
    return;
  }
  asSent.set(field, written(field));
  say(field, "saving");
});

document.addEventListener("htmx:afterRequest", (event) => {
  const field = writing(event);
  if (!field) return;
  if (event.detail.successful) {
    waiting.delete(field);
    if (written(field) === asSent.get(field)) unsaved.delete(field);
    else say(field, "typing");
    return;
  }
  unsaved.add(field);
  const later = !event.detail.xhr?.status || event.detail.xhr.status === 503;
  say(field, later ? "offline" : "typing");
  if (!later) return;
  waiting.add(field);
  setTimeout(() => retry(field), RETRY);
});

function retry(field) {
  if (waiting.has(field) && field.isConnected) htmx.trigger(field, "save");
}
addEventListener("online", () => waiting.forEach(retry));

// Before leaving: what is not safe yet is sent once more, in a request that outlives the page.
addEventListener("pagehide", () => {
  for (const field of present(unsaved)) {
    countIn(field);
    const body = new URLSearchParams(new FormData(formOf(field)));
    fetch(field.getAttribute("hx-post"), { method: "POST", body, keepalive: true });
  }
});
// What could not be saved, for whatever reason, is not left without being asked.
const stuck = (field) => waiting.has(field) || field.closest(".field").querySelector(".trouble").hasChildNodes();
addEventListener("beforeunload", (event) => {
  if (present(unsaved).some(stuck)) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") present(unsaved).forEach((field) => htmx.trigger(field, "save"));
});
// A form that is sent as a whole saves its field itself, where there is somebody to send it to.
document.addEventListener("submit", (event) => {
  count(event.target);
  for (const field of unsaved) if (formOf(field) === event.target && !waiting.has(field)) unsaved.delete(field);
});
