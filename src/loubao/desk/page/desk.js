"use strict";
// Without this script the page works by its buttons; with it, by the keys printed on them, and the
// next question takes the place of the one that was answered: nothing else is loaded anew.
let busy = false;

const form = () => document.getElementById("answer");
const radios = () => [...document.querySelectorAll("#answer input[name=candidate]")];
const land = () => document.getElementById("who")?.focus({ preventScroll: true });

function choose(place) {
  const all = radios();
  if (!all[place]) return;
  all[place].checked = true;
  all.forEach((each, i) => each.closest("th").classList.toggle("chosen", i === place));
  document.getElementById("which").hidden = true;
}

function isUnchosen(button) {
  if (button?.value !== "same" || radios().some((each) => each.checked)) return false;
  const which = document.getElementById("which");
  which.textContent = button.dataset.which;
  which.hidden = false;
  return true;
}

// Put the page that the server answers with in the place of this one.
async function turn(address, options, push = true) {
  if (busy) return;
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, options);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("main")) throw new Error(String(answer.status));
    document.body.replaceWith(page.body);
    document.title = page.title;
    if (push && answer.url !== location.href) history.pushState(null, "", answer.url);
    scrollTo(0, 0);
    land();
  } catch {
    // the server has ended, or answers with something else: the browser says so by itself
    location.assign(options ? location.href : address);
  } finally {
    busy = false;
    document.body.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (busy || isUnchosen(button)) return;
  const body = new URLSearchParams(new FormData(event.target));
  if (button?.name) body.append(button.name, button.value);
  const address = button?.hasAttribute("formaction") ? button.formAction : event.target.action;
  turn(address, { method: "POST", body });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);
  if (link && plain) {
    event.preventDefault();
    turn(link.href);
  } else if (event.target.closest("#numbers")) {
    showNumbers(event.target.closest("#numbers"));
  }
});

document.addEventListener("change", (event) => {
  const place = radios().indexOf(event.target);
  if (place >= 0) choose(place);
});

window.addEventListener("popstate", () => turn(location.href, undefined, false));

async function uncover(cell) {
  const main = document.querySelector("main");
  const place = cell.querySelector(".value") ?? cell;
  const body = new URLSearchParams({ number: main.dataset.number, side: cell.dataset.side });
  const answer = await fetch(`${main.dataset.base}/number`, { method: "POST", body });
  if (!answer.ok) return;
  place.masked ??= [...place.childNodes];
  place.textContent = await answer.text();
}

function cover(cell) {
  const place = cell.querySelector(".value") ?? cell;
  if (place.masked) place.replaceChildren(...place.masked);
}

async function showNumbers(button) {
  const shown = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!shown));
  button.querySelector("span").textContent = shown ? button.dataset.show : button.dataset.hide;
  const cells = [...document.querySelectorAll("[data-side]")];
  if (shown) cells.forEach(cover);
  else await Promise.all(cells.map(uncover));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const key = event.code.startsWith("Key") ? event.code.slice(3) : event.key.toUpperCase();
  const place = "123456789".indexOf(event.key);
  if (place >= 0 && event.key.length === 1 && radios()[place]) {
    choose(place);
    event.preventDefault();
    return;
  }
  const button = document.querySelector(`button[data-key="${CSS.escape(key)}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    document.querySelector(event.key === "ArrowLeft" ? "a[rel=prev]" : "a[rel=next]")?.click();
  }
});

land();
