// What was done in this tab, the last one on top. It outlives a reload; the cards do not, and are fetched again.

const KEPT = 50;

export class History {
  #acts;
  #key;

  constructor(owner) {
    this.#key = `review:done:${owner}`;
    this.#acts = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
  }

  get last() {
    return this.#acts.at(-1) ?? null;
  }

  push(act) {
    this.#acts.push(act);
    this.#acts.splice(0, this.#acts.length - KEPT);
    this.#keep();
  }

  pop() {
    this.#acts.pop();
    this.#keep();
  }

  // Writing comes after the paint.
  #keep() {
    setTimeout(() =>
      sessionStorage.setItem(
        this.#key,
        JSON.stringify(this.#acts, (name, value) => (name === "card" ? undefined : value)),
      )
    );
  }
}
