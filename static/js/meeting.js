// A meeting the two hold together: what one does appears with the other, and nobody's typing is touched.
// The page asks every two seconds while it is visible, and says every 24 that somebody is here: a little more than the
// twenty within which the house writes it down only once, so that none comes too early to count.
const ASK = 2000;
const HERE = 24000;

const hour = () => document.getElementById("hour");
let version = hour()?.dataset.version;
let latest = null;
let asking = false;
// Each part of the page as the house last sent it, so that only what differs is exchanged.
const sent = new Map();
const remember = (root) => root.querySelectorAll("[data-part]").forEach((part) => sent.set(part.id, part.outerHTML));
if (version) remember(hour());

const fields = "textarea, input:not([type=hidden])";
const saves = (field) => field.matches("[data-writing]");
// `unsaved` is kept by writing.js: the fields that save themselves and have not yet.
const dirty = (field) => {
  if (saves(field)) return unsaved.has(field);
  // A choice beside such a field is saved with it.
  if (field.form?.querySelector("[data-writing]")) return false;
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
};
const inUse = (root) => [...root.querySelectorAll(fields)].filter((f) => f === document.activeElement || dirty(f));

async function ask() {
  const page = hour();
  if (!page?.dataset.look || document.hidden || asking) return;
  asking = true;
  try {
    const headers = { "HX-Request": "true", "If-None-Match": `"${version}"` };
    const answer = await fetch(page.dataset.look, { headers, redirect: "manual", cache: "no-store" });
    tell(answer.type === "opaqueredirect" || answer.status === 401 ? "locked" : null);
    if (answer.status === 200) {
      version = answer.headers.get("ETag").replace(/^W\/|"/g, "");
      latest = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("hour");
    }
  } catch {
    tell("away");
  }
  asking = false;
  if (latest) still(show);
}

function tell(what) {
  const line = document.getElementById("offline");
  const words = what ? line.dataset[what] : "";
  if (line.textContent === words) return;
  line.textContent = words;
  line.hidden = !what;
}

// Exchange what differs. Where the line itself has moved on, all of it, unless somebody is typing.
function show() {
  if (latest.dataset.stage !== hour().dataset.stage) {
    const typing = inUse(hour());
    if (typing.length) meanwhile(typing[0]);
    else exchangeAll();
    return;
  }
  said()?.remove();
  if (!latest.dataset.look) delete hour().dataset.look;
  let waiting = false;
  for (const part of latest.querySelectorAll("[data-part]")) {
    const here = document.getElementById(part.id);
    if (!here || sent.get(part.id) === part.outerHTML) continue;
    if (inUse(here).length) waiting = true;
    else exchange(here, part);
  }
  for (const field of latest.querySelectorAll("[data-writing]")) if (!take(field)) waiting = true;
  if (!waiting) latest = null;
}

// Whatever comes in above it, what somebody is at stays where it is before their eyes.
function still(change) {
  const here = document.activeElement;
  const top = here.getBoundingClientRect().top;
  change();
  if (here !== document.body && here.isConnected) {
    // At once: a page that glides to its place is at the wrong one meanwhile.
    scrollBy({ top: here.getBoundingClientRect().top - top, behavior: "instant" });
  }
}

function exchange(here, part) {
  const focused = here.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...here.querySelectorAll("details[open]")].map((fold) => fold.querySelector("summary").textContent);
  sent.set(part.id, part.outerHTML);
  const fresh = document.importNode(part, true);
  for (const fold of fresh.querySelectorAll("details"))
    if (open.includes(fold.querySelector("summary").textContent)) fold.open = true;
  here.replaceWith(fresh);
  htmx.process(fresh);
  if (focused) (document.getElementById(focused) ?? fresh).focus({ preventScroll: true });
}

// A field both write in: the other's words come into it only where nothing of mine is under way.
function take(field) {
  const here = document.getElementById(field.id);
  if (!here) return true;
  const rev = (one) => one.closest(".field").querySelector("[name=rev]").value;
  if (Number(rev(field)) <= Number(rev(here)) || here.closest(".field").querySelector(".conflict")) return true;
  if (here === document.activeElement || dirty(here)) return false;
  here.value = field.value;
  const after = document.importNode(field.closest(".field").querySelector(".field__after"), true);
  here.closest(".field").querySelector(".field__after").replaceWith(after);
  htmx.process(after);
  return true;
}

// Of what is kept by a button of its own, nothing is taken from under anybody's hands.
const unkept = () => inUse(hour()).filter((field) => !saves(field) && dirty(field));

function exchangeAll() {
  const focused = document.activeElement;
  const within = hour().contains(focused);
  const fresh = document.importNode(latest, true);
  hour().replaceWith(fresh);
  latest = null;
  sent.clear();
  remember(fresh);
  htmx.process(fresh);
  const now = document.getElementById("now");
  if (within) (document.getElementById(focused.id) ?? now)?.focus({ preventScroll: true });
  // What is under their eyes has been exchanged; where the two are now comes into view.
  const top = now?.getBoundingClientRect().top;
  if (top < 0 || top > innerHeight / 2) now.scrollIntoView();
}

// Below the field that is being written in: nothing above it moves.
const said = () => document.getElementById("said");
function meanwhile(field) {
  const notice = latest.querySelector("#meanwhile")?.firstElementChild;
  if (!notice) return;
  const fresh = document.importNode(notice, true);
  fresh.querySelector(unkept().length ? "[data-saves]" : "[data-keep-first]").remove();
  if (said()?.textContent === fresh.textContent) return;
  said()?.remove();
  fresh.id = "said";
  (field.closest(".field") ?? field.closest("form")).after(fresh);
}

// Going along: first what is being written is saved, then the line moves.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-follow]")) return;
  const open = inUse(hour()).filter((field) => saves(field) && unsaved.has(field));
  open.forEach((field) => htmx.trigger(field, "save"));
  said().remove();
  const soon = () => {
    if (open.some((field) => unsaved.has(field) && field.isConnected)) setTimeout(soon, 200);
    else if (latest && !unkept().length) exchangeAll();
  };
  soon();
});

// Whoever goes on with the line and has words lying in another form is asked first.
let submitted = null;
document.addEventListener("submit", (event) => (submitted = event.target));
addEventListener("beforeunload", (event) => {
  if (hour() && unkept().some((field) => field.form !== submitted)) event.preventDefault();
});

function sayHere() {
  const page = hour();
  if (!page?.dataset.here || document.hidden) return;
  fetch(page.dataset.here, { method: "POST", redirect: "manual" }).catch(() => {});
}

if (version) {
  setInterval(ask, ASK);
  setInterval(sayHere, HERE);
  sayHere();
  addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => {
    ask();
    sayHere();
  });
}
