// The review screen. A verdict is painted at once, lies in the outbox until the server has it, and can be taken back.
import { get, here, post } from "./api.js";
import { open as openDialog } from "./dialogs.js";
import { toast } from "./toast.js";
import { Clock, Pace } from "./review/clock.js";
import { Confirmation } from "./review/confirmation.js";
import { Connection, why } from "./review/connection.js";
import { differences, markedAnew } from "./review/differences.js";
import { Feed } from "./review/feed.js";
import { Guidelines } from "./review/guidelines.js";
import { History } from "./review/history.js";
import { Outbox } from "./review/outbox.js";
import { Scrolling } from "./review/scrolling.js";
import { revealed, verdictWords } from "./review/words.js";

const JUDGMENTS = here("/api/v1/judgments/");
const COUNTS_AGAIN = 120_000;

const root = document.querySelector("[data-review]");
const find = (name) => root.querySelector(`[data-${name}]`);
const button = (act) => root.querySelector(`[data-act="${act}"]`);
const reason = find("reason").querySelector("textarea");
const done = new History(root.dataset.user);
const clock = new Clock();
const pace = new Pace(root);
const confirmation = new Confirmation(root);
const guidelines = new Guidelines(root);
const scrolling = new Scrolling();
const connection = new Connection(root, retry);
const outbox = new Outbox(root.dataset.user, {
  onChange: unsent,
  onAnswer: answered,
  onRefused: refused,
  ...hears("sending"),
});
const feed = new Feed(root, {
  unsent: () => outbox.slots(),
  onShown: shown,
  onWaiting: waiting,
  onFresh: fresh,
  onPaused: paused,
  ...hears("fetching"),
});

function hears(what) {
  return { onFailed: (error) => connection.failed(what, error), onReached: () => connection.reached(what) };
}

function judge(grade, bad = false) {
  if (!feed.current) return;
  const seconds = clock.seconds();
  if (!confirmation.takes({ grade, bad }, seconds)) return;
  const { pair, token, slot } = feed.current.dataset;
  const id = uuid();
  const body = { pair: Number(pair), token, both_bad: bad, rationale: reason.value.trim(), seconds, client_id: id };
  if (!bad) body.verdict = grade - 4;
  confirmation.press({ grade, bad });
  did({ kind: "verdict", id, grade, bad, words: verdictWords(grade, bad), back: `${JUDGMENTS}${id}/withdraw/` });
  outbox.add(id, JUDGMENTS, body, slot);
}

function skip(words) {
  const { slot } = feed.current.dataset;
  const id = uuid();
  did({
    kind: "skip",
    id,
    words: words ? `Skipped: ${words}` : "Skipped",
    back: here(`/api/v1/assignments/${slot}/unskip/`),
  });
  outbox.add(id, here(`/api/v1/assignments/${slot}/skip/`), { reason: words }, slot);
}

// Everything that a key press does, in the order in which it is seen.
function did(act) {
  const seconds = clock.seconds();
  const card = feed.current;
  card.dataset.seconds = seconds;
  done.push({ ...act, card, pair: card.dataset.pair, slot: card.dataset.slot, rationale: reason.value, seconds });
  echo(act.kind === "verdict" ? `${act.words} · ${Math.max(1, Math.round(seconds))} s` : act.words);
  feed.advance();
  if (act.kind === "verdict") pace.count(seconds, Boolean(card.dataset.slot));
  else pace.leave(1);
}

async function undo() {
  const { last } = done;
  if (!last) return toast("There is nothing to take back in this tab. Earlier verdicts are under My judgments.");
  const card = last.card ?? (await fetchedAgain(last));
  // Another press may have been faster.
  if (!card || done.last !== last) return;
  done.pop();
  if (!outbox.drop(last.id)) outbox.add(uuid(), last.back, {}, last.slot);
  if (last.kind === "verdict") pace.uncount(Boolean(last.slot));
  else pace.leave(-1);
  card.dataset.rationale = last.rationale;
  feed.back(card);
  if (last.kind === "verdict") confirmation.press(last);
  echo(`Taken back: ${last.words}`);
}

// After a reload the card is not at hand any more.
async function fetchedAgain({ pair, slot, seconds }) {
  try {
    const { cards } = await get(here(`/review/my/pairs/${pair}/`));
    return feed.made(cards[0], { slot, seconds });
  } catch (error) {
    toast(`This pair could not be opened again. ${why(error)}`, { tone: "bad" });
    return null;
  }
}

function shown(card) {
  clock.start(Number(card?.dataset.seconds ?? 0));
  scrolling.watch(card);
  confirmation.start(card);
  reason.value = card?.dataset.rationale ?? "";
  find("reason").hidden = !reason.value;
  rest(!card);
  button("undo").disabled = !done.last;
  button("diff").setAttribute("aria-pressed", String(Boolean(card?.classList.contains("is-compared"))));
  if (card?.dataset.judged) before(card.dataset.judged);
  // The guidelines change after the pair is painted.
  if (card) requestAnimationFrame(() => setTimeout(() => besides(card)));
}

function besides({ dataset }) {
  find("of").textContent = root.dataset.collection ? "" : dataset.collectionName;
  guidelines.show(dataset.collection);
}

function fresh(cards) {
  guidelines.prepare(cards.map(({ dataset }) => dataset.collection));
}

// Without a pair there is nothing to say of it; taking back the last one remains.
function rest(resting) {
  for (const one of root.querySelectorAll("[data-grade], [data-needs-pair]")) one.disabled = resting;
}

// A pair that is judged again shows what was said before.
function before(said) {
  const bad = said === "both bad";
  const grade = bad ? 4 : 4 + Number(said);
  confirmation.press({ grade, bad });
  echo(`Before: ${verdictWords(grade, bad)}`);
}

// A lead paused this person's work; `words` says who, and is empty where nobody did.
function paused(words) {
  const notice = find("paused");
  notice.hidden = !words;
  notice.querySelector("[data-words]").textContent = words;
}

function waiting(state) {
  if (state) rest(true);
  if (state === "nothing" || state === "paused") countLeft();
  find("empty").hidden = state !== "nothing";
  find("resting").hidden = state !== "paused";
  find("unreached").hidden = state !== "unreached";
  find("waiting").hidden = state !== "asking";
}

const echo = (words) => (find("echo").value = words);

function unsent(count) {
  find("sent").textContent = count ? `${count} not sent yet` : "";
  connection.waiting(count);
  if (!count && !pace.isKnown) countLeft();
}

function retry() {
  outbox.retry();
  feed.fill();
}

// Verdicts that are not sent yet are counted here, and not by the server.
async function countLeft() {
  if (outbox.slots().length) return;
  try {
    const params = { collection: root.dataset.collection || null };
    pace.know(await get(here("/api/v1/assignments/progress/"), { params }));
  } catch {
    // The number stays as it was; whatever keeps us from the studio is said where pairs are fetched.
  }
}

function answered(id, answer) {
  if (done.last?.id === id && answer?.revealed) {
    echo(`${find("echo").value.split(" — ")[0]} — ${revealed(answer.revealed)}`);
  }
}

function refused(words) {
  toast(`The server did not take a verdict: ${words}`, { tone: "bad", stays: 60_000 });
}

function explain() {
  find("reason").hidden = false;
  reason.focus();
}

function lock() {
  button("lock").setAttribute("aria-pressed", String(scrolling.toggle()));
}

function mark() {
  if (feed.current) button("diff").setAttribute("aria-pressed", String(differences(feed.current)));
}

function flag(words) {
  const { slot } = feed.current.dataset;
  outbox.add(uuid(), here(`/api/v1/assignments/${slot}/flag/`), { reason: words || "Flagged without words." }, slot);
  echo("Flagged for the lead");
}

// A pair that was judged already waits for nobody: it is left as it is.
function askWhy(name) {
  if (feed.current.dataset.slot) openDialog(name);
  else if (name === "skip") feed.advance();
  else toast("Only a pair that waits for you can be flagged.");
}

async function send(form) {
  const { collection, limit } = Object.fromEntries(new FormData(form));
  try {
    const { opened } = await post(here("/api/v1/pairs/assign/"), { limit: Number(limit) }, { params: { collection } });
    toast(
      opened
        ? `Judgments that people are asked for now: ${opened.toLocaleString("en")}.`
        : "Every pair of this collection is in review already.",
    );
    feed.fill();
  } catch (problem) {
    toast(problem.message, { tone: "bad" });
  }
}

// Not every page comes over HTTPS, where randomUUID is at hand.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const ACTS = {
  undo,
  lock,
  bad: () => judge(4, true),
  confirm: () => confirmation.chosen && judge(confirmation.chosen.grade, confirmation.chosen.bad),
  reason: explain,
  skip: () => askWhy("skip"),
  flag: () => askWhy("flag"),
  diff: mark,
  guidelines: () => guidelines.toggle(),
  confirming: () => confirmation.toggle(),
  down: () => scrolling.by(0.3),
  up: () => scrolling.by(-0.3),
};

root.addEventListener("click", ({ target }) => {
  const pressed = target.closest("button");
  if (pressed?.dataset.grade) judge(Number(pressed.dataset.grade));
  else ACTS[pressed?.dataset.act]?.();
});
reason.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" && !(event.key === "Enter" && (event.ctrlKey || event.metaKey))) return;
  event.preventDefault();
  reason.blur();
  find("reason").hidden = !reason.value;
});
for (const [name, act] of [["flag", flag], ["skip", skip]]) {
  document.querySelector(`[data-${name}]`).addEventListener("submit", ({ submitter }) => {
    const words = document.getElementById(`${name}-words`);
    act(submitter.value || words.value.trim());
    words.value = "";
  });
}
document.addEventListener("studio:reshown", () => root.querySelectorAll(".pairing").forEach(markedAnew));
find("send")?.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target);
});
button("lock").setAttribute("aria-pressed", String(scrolling.locked));
button("undo").disabled = !done.last;
setInterval(() => document.visibilityState === "visible" && countLeft(), COUNTS_AGAIN);

async function start() {
  outbox.start();
  const { firstPair } = root.dataset;
  if (firstPair) await open(firstPair);
  feed.fill();
}

async function open(pair) {
  try {
    feed.put(await get(here(`/review/my/pairs/${pair}/`)));
  } catch (error) {
    toast(`This pair could not be opened. ${why(error)}`, { tone: "bad" });
  }
}

start();
