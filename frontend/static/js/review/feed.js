// The pairs at hand: the one on the screen, and the next ones, fetched ahead and laid out before they are wanted.
import { here, post } from "../api.js";

const AHEAD = 5;
const LOOKS_AGAIN = 20_000;
const RENEWS = 240_000;
// Of the stage's height: what the answers have at least, as in review.css.
const SHORT = 0.6;

export class Feed {
  current = null;
  #ahead = [];
  #past = [];
  #asking = null;
  #askAgain = false;

  constructor(root, { unsent, onShown, onWaiting, onFresh, onPaused, onFailed, onReached }) {
    Object.assign(this, {
      root,
      unsent,
      onShown,
      onWaiting,
      onFresh,
      onPaused,
      onFailed,
      onReached,
      stage: root.querySelector("[data-stage]"),
    });
    // What is held is held for longer while somebody looks, and given to others when nobody does.
    setInterval(() => document.visibilityState === "visible" && this.fill(), RENEWS);
    setInterval(() => !this.current && document.visibilityState === "visible" && this.fill(), LOOKS_AGAIN);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.fill());
    addEventListener("online", () => this.fill());
    const fit = () => [this.current, this.#ahead[0]].forEach((card) => card?.isConnected && this.#fit(card));
    new ResizeObserver(fit).observe(this.stage);
    document.addEventListener("studio:reshown", fit);
  }

  advance() {
    if (this.current) this.#cover(this.current);
    this.#show(this.#ahead.shift() ?? null);
  }

  // An earlier card once more; the one on the screen comes after it.
  back(card) {
    if (this.current) this.#hide(this.current);
    this.#show(card);
  }

  // A card out of its HTML, for a pair that is no longer among ours.
  made(html, data) {
    const card = built(html);
    Object.assign(card.dataset, data);
    delete card.dataset.judged;
    return card;
  }

  async fill() {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = this.#ask();
    await this.#asking;
    this.#asking = null;
    if (this.#askAgain) {
      this.#askAgain = false;
      this.fill();
    }
  }

  put({ cards, held, paused = "" }) {
    const known = this.#known();
    const fresh = cards.map(built).filter(({ dataset }) => !known.includes(Number(dataset.slot)));
    this.#ahead.push(...fresh);
    this.onFresh(fresh);
    this.onPaused(paused);
    // A lease that ran out while nobody looked, or a pair that was taken back: it is somebody else's now.
    if (held.length || paused) {
      this.#ahead = this.#ahead.filter(({ dataset }) => !dataset.slot || held.includes(Number(dataset.slot)));
    }
    if (this.current) this.#prepare();
    else if (this.#ahead.length) this.#show(this.#ahead.shift());
    else this.onWaiting(paused ? "paused" : "nothing");
  }

  async #ask() {
    const known = this.#known();
    const missing = Math.max(0, AHEAD + 1 - this.#ahead.length - (this.current ? 1 : 0));
    const body = {
      collection: this.root.dataset.collection,
      known,
      count: Math.max(1, Math.min(50, known.length + missing)),
    };
    let answer;
    try {
      answer = await post(here("/review/my/next/"), body);
    } catch (error) {
      // What is at hand can be judged, and the next look is a few seconds away.
      this.onFailed(error);
      if (!this.current) this.onWaiting("unreached");
      return;
    }
    this.onReached();
    this.put(answer);
  }

  #known() {
    const mine = [this.current, ...this.#ahead].filter(Boolean).map(({ dataset }) => Number(dataset.slot));
    return [...new Set([...mine, ...this.unsent()])].filter(Boolean);
  }

  #show(card) {
    this.current = card;
    if (card) {
      if (card.parentNode !== this.stage || !card.inert) {
        this.#lay(card);
      }
      card.classList.remove("is-next");
    }
    this.onShown(card);
    this.onWaiting(card ? "" : "asking");
    // All else waits until this one is painted.
    requestAnimationFrame(() => setTimeout(() => this.#afterwards()));
  }

  #afterwards() {
    for (const card of this.#past.splice(0)) if (card !== this.current) card.remove();
    if (this.current) this.current.inert = false;
    this.#prepare();
    // Also where enough is at hand: what is held is held for longer, and a pause is told.
    this.fill();
  }

  // Laid out and scrolled to its place beforehand: to show it takes a change of opacity.
  #prepare() {
    const [next] = this.#ahead;
    if (!next || next.parentNode === this.stage) return;
    next.classList.add("is-next");
    next.inert = true;
    this.#lay(next);
  }

  #lay(card) {
    this.stage.append(card);
    this.#fit(card);
    scrolled(card);
  }

  // Beside short answers the conversation gets all the room that they leave.
  #fit(card) {
    const needed = Math.max(...[...card.querySelectorAll(".pane")].map((pane) => pane.scrollHeight));
    card.classList.toggle("is-short", needed < SHORT * this.stage.clientHeight);
    card.style.setProperty("--room", `${this.stage.clientHeight - needed}px`);
  }

  // To take a card away costs more than to cover it: that waits, too.
  #cover(card) {
    card.classList.add("is-next");
    this.#past.push(card);
  }

  #hide(card) {
    card.remove();
    this.#ahead.unshift(card);
    for (const other of this.#ahead.slice(1)) other.remove();
  }
}

// From the beginning of the answers. The conversation begins at its end by itself: see review.css.
function scrolled(card) {
  for (const pane of card.querySelectorAll(".pane")) pane.scrollTop = 0;
  card.querySelector(".asked").scrollTop = 0;
}

function built(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const card = template.content.firstElementChild;
  // A long one scrolls by itself at the top, and has to be reached by keyboard.
  for (const system of card.querySelectorAll(".turn.system > .prose")) {
    system.tabIndex = 0;
    system.setAttribute("role", "group");
    system.setAttribute("aria-label", "System prompt");
  }
  return card;
}
