// Keeps `<time data-ago>` true while a page stays open. Says what `frontend/kit/wording.py` says.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

export function ago(moment, now = new Date()) {
  const seconds = (now - moment) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 45) return "just now";
  if (distance > 30 * DAY) {
    return moment.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  }
  const words = nearest(distance);
  return seconds > 0 ? `${words} ago` : `in ${words}`;
}

function nearest(seconds) {
  if (seconds < HOUR) return `${Math.max(1, Math.round(seconds / MINUTE))} min`;
  if (seconds < DAY) return `${Math.round(seconds / HOUR)} h`;
  const days = Math.round(seconds / DAY);
  return `${days} day${days > 1 ? "s" : ""}`;
}

// A length of time in its two largest units.
export function span(seconds) {
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (whole < MINUTE) return seconds > 0 && seconds < 10 ? `${seconds.toFixed(1)} s` : `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${two(whole % MINUTE)} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${two(Math.floor((whole % HOUR) / MINUTE))} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

function renew() {
  for (const time of document.querySelectorAll("time[data-ago]")) time.textContent = ago(new Date(time.dateTime));
}

setInterval(renew, 30_000);
