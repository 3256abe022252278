// What changes while one looks: polling that rests with the tab, and event streams that come back.

// Calls `ask` at once and then every `seconds` while the tab is seen, until it returns false. Returns a function that
// stops.
export function poll(ask, seconds) {
  let timer;
  let stopped = false;
  const next = async () => {
    if (stopped) return;
    if (document.visibilityState === "visible" && (await ask()) === false) stopped = true;
    if (!stopped) timer = setTimeout(next, seconds * 1000);
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

// An event stream: `handlers` by event name, each given the parsed data. The browser reconnects by itself with
// Last-Event-ID; `onState` hears "open", "lost" and "closed". Returns a function that stops.
export function follow(address, handlers, onState = () => {}) {
  const source = new EventSource(address);
  source.addEventListener("open", () => onState("open"));
  source.addEventListener("error", () => onState(source.readyState === EventSource.CLOSED ? "closed" : "lost"));
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, ({ data }) => handle(JSON.parse(data)));
  }
  return () => source.close();
}
