// Time that the pair was seen: a hidden tab does not count.

const BREAK_AFTER = 50 * 60;
const RECENT = 20;

export class Clock {
  #before = 0;
  #since = null;

  constructor() {
    document.addEventListener(
      "visibilitychange",
      () => (document.visibilityState === "visible" ? this.#go() : this.#halt()),
    );
  }

  // `seconds` that the pair was seen before: it was taken back, or is judged again.
  start(seconds = 0) {
    this.#before = 1000 * seconds;
    this.#since = null;
    if (document.visibilityState === "visible") this.#go();
  }

  // Seconds, to the millisecond.
  seconds() {
    const running = this.#since === null ? 0 : performance.now() - this.#since;
    return Math.round(this.#before + running) / 1000;
  }

  #go() {
    this.#since ??= performance.now();
  }

  #halt() {
    if (this.#since !== null) this.#before += performance.now() - this.#since;
    this.#since = null;
  }
}

// How many today, how fast of late, and how many are left. No goal and no praise.
export class Pace {
  #times = [];
  #worked = 0;
  #queue = null;

  constructor(root) {
    this.today = root.querySelector("[data-today]");
    this.left = root.querySelector("[data-left]");
    this.rate = root.querySelector("[data-rate]");
    this.rest = root.querySelector("[data-rest]");
    this.ring = root.querySelector("[data-ring]");
  }

  // As the server counts them: pairs that this person can still judge, and judged.
  know({ remaining, mine }) {
    this.#queue = { left: remaining, done: mine };
    this.#draw();
  }

  get isKnown() {
    return this.#queue !== null;
  }

  // A verdict on a pair that was held is one more; to judge one again, or one found elsewhere, takes time only.
  count(seconds, held) {
    this.#times.push(seconds);
    this.#worked += seconds;
    this.#move(held ? 1 : 0);
  }

  uncount(held) {
    this.#worked -= this.#times.pop() ?? 0;
    this.#move(held ? -1 : 0);
  }

  // Pairs that are left to others, or wait here again.
  leave(by) {
    if (this.#queue) this.#queue.left = Math.max(0, this.#queue.left - by);
    this.#draw();
  }

  #move(by) {
    this.today.textContent = Math.max(0, Number(this.today.textContent) + by);
    if (this.#queue) this.#queue.done = Math.max(0, this.#queue.done + by);
    this.leave(by);
  }

  #draw() {
    if (this.#queue) {
      const { left, done } = this.#queue;
      const total = left + done;
      this.left.textContent = `${left.toLocaleString("en")} of ${total.toLocaleString("en")} left`;
      this.ring.setAttribute("stroke-dasharray", `${total ? (100 * done) / total : 0} 100`);
    }
    const recent = this.#times.slice(-RECENT);
    const mean = recent.reduce((sum, time) => sum + time, 0) / recent.length;
    this.rate.textContent = recent.length ? ` · ${Math.max(1, Math.round(mean))} s a pair` : "";
    this.rest.hidden = this.#worked < BREAK_AFTER;
    this.rest.textContent = `${Math.round(this.#worked / 60)} minutes of judging. Time for a break.`;
  }
}
