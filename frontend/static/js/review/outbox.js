// What was said and has not arrived yet. It lies in localStorage until the server confirms it, so a reload, a closed
// lid or a lost network cost nothing; every request carries an id made here, so sending twice does no harm.
import { post, Problem } from "../api.js";

const LONGEST_WAIT = 30_000;
const LATER = new Set([0, 401, 408, 425, 429]);
let last = 0;

export class Outbox {
  #entries = [];
  #inFlight = "";
  #wait = 1000;
  #wake = () => {};

  constructor(owner, { onChange, onAnswer, onRefused, onFailed, onReached }) {
    Object.assign(this, { prefix: `outbox:${owner}:`, onChange, onAnswer, onRefused, onFailed, onReached });
  }

  start() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    this.#entries = [
      ...keys.sort().map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) })),
      ...this.#entries,
    ];
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => this.#wake());
    this.#changed();
    this.#run();
  }

  add(id, path, body, slot) {
    last = Math.max(Date.now(), last + 1);
    const entry = { key: `${this.prefix}${String(last).padStart(15, "0")}:${id}`, id, path, body, slot };
    this.#entries.push(entry);
    // Writing to disk and to the network comes after the paint.
    setTimeout(() => {
      if (this.#entries.includes(entry)) localStorage.setItem(entry.key, JSON.stringify({ id, path, body, slot }));
      this.#changed();
      this.#wake();
    });
  }

  // Takes back what was not sent. False where it is under way or has arrived: then the server must be told.
  drop(id) {
    const entry = this.#entries.find((one) => one.id === id);
    if (!entry || id === this.#inFlight) return false;
    this.#remove(entry);
    return true;
  }

  // Now, and not after the wait that has grown so long.
  retry() {
    this.#wait = 1000;
    this.#wake();
  }

  slots = () => this.#entries.map(({ slot }) => Number(slot)).filter(Boolean);

  async #run() {
    for (;;) {
      const entry = this.#entries[0];
      if (entry) await this.#send(entry);
      else await new Promise((wake) => (this.#wake = wake));
    }
  }

  async #send(entry) {
    this.#inFlight = entry.id;
    try {
      const answer = await post(entry.path, entry.body);
      this.#wait = 1000;
      this.onReached();
      this.#remove(entry);
      this.onAnswer(entry.id, answer);
    } catch (error) {
      await this.#failed(entry, error);
    } finally {
      this.#inFlight = "";
    }
  }

  async #failed(entry, error) {
    if (error instanceof Problem && !this.#passes(error)) {
      this.onReached();
      this.#remove(entry);
      this.onRefused(error.errors[0]?.message ?? error.message);
      return;
    }
    this.onFailed(error);
    await new Promise((wake) => {
      this.#wake = wake;
      setTimeout(wake, this.#wait);
    });
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #passes = ({ status, detail }) => LATER.has(status) || status >= 500 || (status === 403 && detail.startsWith("CSRF"));

  #remove(entry) {
    this.#entries = this.#entries.filter((one) => one !== entry);
    localStorage.removeItem(entry.key);
    this.#changed();
  }

  #changed() {
    this.onChange(this.#entries.length);
  }
}
