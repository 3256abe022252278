// Time that the pair was seen: a hidden tab does not count.

const BREAK_AFTER = 50 * 60;
const RECENT = 20;

export class Clock {
  #before = 0;
  #since = null;

  constructor() {
    document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? this.#go() : this.#halt()));
  }

  start() {
    this.#before = 0;
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

// How many today, how fast of late, and how much of the queue is done. No goal and no praise.
export class Pace {
  #times = [];
  #worked = 0;

  constructor(root) {
    this.today = root.querySelector("[data-today]");
    this.rate = root.querySelector("[data-rate]");
    this.rest = root.querySelector("[data-rest]");
    this.ring = root.querySelector("[data-ring]");
    this.#draw();
  }

  count(seconds) {
    this.#times.push(seconds);
    this.#worked += seconds;
    this.#move(1);
  }

  uncount() {
    this.#worked -= this.#times.pop() ?? 0;
    this.#move(-1);
  }

  #move(by) {
    this.today.textContent = Number(this.today.textContent) + by;
    this.ring.dataset.done = Number(this.ring.dataset.done) + by;
    this.#draw();
  }

  #draw() {
    const { total, done } = this.ring.dataset;
    this.ring.setAttribute("stroke-dasharray", `${Number(total) ? Math.min(100, (100 * done) / total) : 0} 100`);
    const recent = this.#times.slice(-RECENT);
    const mean = recent.reduce((sum, time) => sum + time, 0) / recent.length;
    this.rate.textContent = recent.length ? ` · ${Math.max(1, Math.round(mean))} s a pair` : "";
    this.rest.hidden = this.#worked < BREAK_AFTER;
    this.rest.textContent = `${Math.round(this.#worked / 60)} minutes of judging. A break would not be amiss.`;
  }
}
