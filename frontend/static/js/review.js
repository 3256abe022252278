// The review screen. A verdict is painted at once, lies in the outbox until the server has it, and can be taken back.
import { get, post } from "./api.js";
import { toast } from "./toast.js";
import { Clock, Pace } from "./review/clock.js";
import { differences } from "./review/differences.js";
import { Feed } from "./review/feed.js";
import { Outbox } from "./review/outbox.js";
import { Scrolling } from "./review/scrolling.js";
import { revealed, verdictWords } from "./review/words.js";

const JUDGMENTS = "/api/v1/judgments/";
const CONFIRMS = "review:confirm";

const root = document.querySelector("[data-review]");
const find = (name) => root.querySelector(`[data-${name}]`);
const button = (act) => root.querySelector(`[data-act="${act}"]`);
const reason = find("reason").querySelector("textarea");
const judged = [];
const clock = new Clock();
const pace = new Pace(root);
const scrolling = new Scrolling();
const outbox = new Outbox(root.dataset.user, { onChange: sent, onAnswer: answered, onRefused: refused });
const feed = new Feed(root, { unsent: () => outbox.slots(), onShown: shown, onWaiting: waiting });

let chosen = null;

function judge(grade, bad = false) {
  if (!feed.current) return;
  if (confirms() && (chosen?.grade !== grade || chosen?.bad !== bad)) return choose({ grade, bad });
  const { pair, shown: order, slot } = feed.current.dataset;
  const id = crypto.randomUUID?.() ?? uuid();
  const body = { pair: Number(pair), shown: order, both_bad: bad, rationale: reason.value.trim(), seconds: clock.seconds(), client_id: id };
  if (!bad) body.grade = order === "left_first" ? grade - 4 : 4 - grade;
  press(grade, bad);
  done({ kind: "verdict", id, order, grade, bad, words: verdictWords(grade, bad), back: `${JUDGMENTS}${id}/withdraw/` });
  outbox.add(id, JUDGMENTS, body, slot);
}

function skip() {
  const slot = feed.current?.dataset.slot;
  if (!slot) return feed.current && feed.advance();
  const id = uuid();
  done({ kind: "skip", id, words: "Skipped", back: `/api/v1/assignments/${slot}/unskip/` });
  outbox.add(id, `/api/v1/assignments/${slot}/skip/`, {}, slot);
}

// Everything that a key press does, in the order in which it is seen.
function done(act) {
  const seconds = clock.seconds();
  judged.push({ ...act, card: feed.current, rationale: reason.value, seconds });
  judged.splice(0, judged.length - 50);
  echo(act.kind === "verdict" ? `${act.words} · ${Math.max(1, Math.round(seconds))} s` : act.words);
  feed.advance();
  if (act.kind === "verdict") pace.count(seconds);
}

function undo() {
  const last = judged.pop();
  if (!last) return toast("Nothing to take back on this page. Earlier verdicts are under My judgments.");
  if (!outbox.drop(last.id)) outbox.add(uuid(), last.back, {}, last.card.dataset.slot);
  if (last.kind === "verdict") pace.uncount();
  feed.back(last.card);
  reason.value = last.rationale;
  find("reason").hidden = !last.rationale;
  if (last.kind === "verdict") press(last.grade, last.bad);
  echo(`Taken back: ${last.words}`);
}

function shown(card) {
  clock.start();
  scrolling.watch(card);
  choose(null);
  reason.value = card?.dataset.rationale ?? "";
  find("reason").hidden = !reason.value;
  rest(!card);
  button("undo").disabled = !judged.length;
  button("diff").setAttribute("aria-pressed", "false");
  if (card?.dataset.judged) before(card.dataset);
}

// Without a pair there is nothing to say of it; taking back the last one remains.
function rest(resting) {
  for (const one of root.querySelectorAll("[data-grade], [data-needs-pair]")) one.disabled = resting;
}

// A pair that is judged again shows what was said before.
function before({ judged: said, shown: order }) {
  const bad = said === "both bad";
  const grade = bad ? 4 : 4 + (order === "left_first" ? Number(said) : -Number(said));
  press(grade, bad);
  echo(`Before: ${verdictWords(grade, bad)}`);
}

function choose(verdict) {
  chosen = verdict;
  button("confirm").hidden = !verdict;
  press(verdict?.grade, verdict?.bad ?? false);
}

function press(grade, bad) {
  for (const one of root.querySelectorAll("[data-grade]")) one.classList.toggle("is-pressed", !bad && Number(one.dataset.grade) === grade);
  button("bad").classList.toggle("is-pressed", bad);
}

function waiting(state) {
  if (state) rest(true);
  find("empty").hidden = state !== "nothing";
  find("waiting").hidden = state !== "asking";
}

const echo = (words) => (find("echo").value = words);
const confirms = () => localStorage.getItem(CONFIRMS) === "yes";

function sent({ waiting, problem }) {
  const words = waiting ? `${waiting} not sent yet` : "";
  find("sent").textContent = problem ? `${words}: ${problem}` : words;
  find("sent").classList.toggle("is-late", Boolean(problem));
}

function answered(id, answer) {
  const last = judged.at(-1);
  if (last?.id === id && answer?.revealed) echo(`${find("echo").value.split(" — ")[0]} — ${revealed(last, answer.revealed)}`);
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

function ask() {
  const now = !confirms();
  localStorage.setItem(CONFIRMS, now ? "yes" : "no");
  button("confirming").setAttribute("aria-pressed", String(now));
  choose(null);
}

function flag(words) {
  const { slot } = feed.current?.dataset ?? {};
  if (!slot) return toast("Only a pair that waits for you can be flagged.");
  outbox.add(uuid(), `/api/v1/assignments/${slot}/flag/`, { reason: words || "Flagged without words." }, slot);
  echo("Flagged for the lead");
}

async function send(form) {
  const { collection, limit } = Object.fromEntries(new FormData(form));
  try {
    const { opened } = await post("/api/v1/pairs/assign/", { limit: Number(limit) }, { params: { collection } });
    toast(opened ? `${opened} judgments wait for people now.` : "Every pair of this collection is in review already.");
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
  skip,
  lock,
  bad: () => judge(4, true),
  confirm: () => chosen && judge(chosen.grade, chosen.bad),
  reason: explain,
  diff: mark,
  confirming: ask,
  down: () => scrolling.by(0.3),
  up: () => scrolling.by(-0.3),
};

root.addEventListener("click", ({ target }) => {
  const pressed = target.closest("button");
  if (pressed?.dataset.grade) judge(Number(pressed.dataset.grade));
  else if (pressed?.dataset.act) ACTS[pressed.dataset.act]();
});
reason.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" && !(event.key === "Enter" && (event.ctrlKey || event.metaKey))) return;
  event.preventDefault();
  reason.blur();
  find("reason").hidden = !reason.value;
});
document.querySelector("[data-flag]").addEventListener("submit", ({ submitter }) => {
  const words = document.getElementById("flag-words");
  flag(submitter.value || words.value);
  words.value = "";
});
find("send")?.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target);
});
button("confirming").setAttribute("aria-pressed", String(confirms()));
button("lock").setAttribute("aria-pressed", String(scrolling.locked));

async function start() {
  outbox.start();
  const { firstPair } = root.dataset;
  if (firstPair) feed.put(await get(`/review/my/pairs/${firstPair}/`));
  feed.fill();
}

start();
