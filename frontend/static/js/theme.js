// Light, dark or the system's. The choice is kept with the person, and as a cookie for who is not signed in: the server
// sends the right page from its first byte.
import { post } from "./api.js";
import { toast } from "./toast.js";

const ORDER = ["light", "dark", ""];
const WORDS = { light: "Light theme", dark: "Dark theme", "": "The system's theme" };
const page = document.documentElement;
let kept = Promise.resolve();

export const chosen = () => page.dataset.theme ?? "";

export function choose(theme) {
  if (theme) page.dataset.theme = theme;
  else delete page.dataset.theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  show();
  document.dispatchEvent(new CustomEvent("studio:theme"));
  const address = document.querySelector("[data-theme-switch]")?.dataset.themeSwitch;
  // One after the other: the last choice is the last to arrive.
  if (address) kept = kept.then(() => keep(address, theme));
}

async function keep(address, theme) {
  const form = new FormData();
  form.set("theme", theme);
  try {
    await post(address, form, { keepalive: true });
  } catch (problem) {
    toast(`The theme is not kept: ${problem.message}`, { tone: "bad" });
  }
}

// The computed colour of a token, such as `colour("--a-fill")`, for what is drawn on a canvas.
export function colour(token, at = document.body) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(${token})`;
  at.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", button.dataset.themeSet === chosen());
  }
  for (const button of document.querySelectorAll("[data-theme-switch]")) button.title = WORDS[chosen()];
}

document.addEventListener("click", ({ target }) => {
  const set = target.closest("[data-theme-set]");
  if (set) choose(set.dataset.themeSet);
  if (target.closest("[data-theme-switch]")) choose(ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length]);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (!chosen()) document.dispatchEvent(new CustomEvent("studio:theme"));
});
show();
