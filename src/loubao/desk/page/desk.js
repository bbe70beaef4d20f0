"use strict";
// Without this script the page works by its buttons; with it, by the keys printed on them.
const main = document.querySelector("main");
const form = document.getElementById("answer");
const radios = form ? [...form.querySelectorAll("input[name=candidate]")] : [];
const which = document.getElementById("which");
let sent = false;

document.getElementById("who")?.focus({ preventScroll: true });

function choose(place) {
  if (!radios[place]) return;
  radios[place].checked = true;
  radios.forEach((each, i) => each.closest("th").classList.toggle("chosen", i === place));
  if (which) which.hidden = true;
}

radios.forEach((each, i) => each.addEventListener("change", () => choose(i)));

if (form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (sent) { event.preventDefault(); return; }
    if (button?.value === "same" && !radios.some((each) => each.checked)) {
      event.preventDefault();
      which.textContent = button.dataset.which;
      which.hidden = false;
      return;
    }
    sent = true;
  });
}
// a page that comes back from the history may be answered again
window.addEventListener("pageshow", () => { sent = false; });

const numbers = document.getElementById("numbers");
async function uncover(cell) {
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

numbers?.addEventListener("click", async () => {
  const shown = numbers.getAttribute("aria-pressed") === "true";
  numbers.setAttribute("aria-pressed", String(!shown));
  numbers.querySelector("span").textContent = shown ? numbers.dataset.show : numbers.dataset.hide;
  const cells = [...document.querySelectorAll("[data-side]")];
  if (shown) cells.forEach(cover);
  else await Promise.all(cells.map(uncover));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const key = event.code.startsWith("Key") ? event.code.slice(3) : event.key.toUpperCase();
  const place = "123456789".indexOf(event.key);
  if (place >= 0 && event.key.length === 1 && radios[place]) {
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
