// The guidelines of the pair's own collection, beside the pair for as long as the person wants them there.
import { get, here } from "../api.js";

const OPEN = "review:guidelines";

export class Guidelines {
  #texts = new Map();
  #slug = "";
  #drawn = "";

  constructor(root) {
    this.panel = root.querySelector("[data-guidelines]");
    this.button = root.querySelector('[data-act="guidelines"]');
    this.#set(localStorage.getItem(OPEN) === "yes");
  }

  toggle() {
    localStorage.setItem(OPEN, this.panel.hidden ? "yes" : "no");
    // Whoever closes them from inside goes on where they are opened.
    if (this.panel.contains(document.activeElement)) this.button.focus();
    this.#set(this.panel.hidden);
  }

  // Ahead of time: they are at hand offline, too.
  prepare(slugs) {
    for (const slug of new Set(slugs)) if (!this.#texts.has(slug)) this.#fetch(slug);
  }

  show(slug) {
    this.#slug = slug;
    this.prepare([slug]);
    this.#draw();
  }

  async #fetch(slug) {
    this.#texts.set(slug, "");
    try {
      this.#texts.set(slug, await get(here(`/review/my/guidelines/${slug}/`)));
    } catch {
      this.#texts.delete(slug);
    }
    this.#draw();
  }

  #set(open) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-pressed", String(open));
    this.#draw();
  }

  #draw() {
    const text = this.#texts.get(this.#slug) ??
      '<p class="muted">The guidelines could not be loaded. They come with the next pair.</p>';
    if (this.panel.hidden || !this.#slug || this.#drawn === text) return;
    this.#drawn = text;
    this.panel.querySelector("[data-text]").innerHTML = text;
    this.panel.scrollTop = 0;
  }
}
