// Live values: server-sent events, reconnecting with back-off; polling while they fail; and whether
// the hub can be reached at all.
import { effect, signal } from '@preact/signals';
import * as api from './api.js';
import { merge, stamped } from './flow.js';
import { devices, loadDevices, loadSession, now, prosumer, session } from './store.js';

/** live | polling | lost | idle */
export const link = signal('idle');
export const lostSince = signal(0);
/** Last health event or answer. */
export const health = signal(null);

const QUIET_MS = 20_000;
const POLL_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

let source = null;
let retryMs = FIRST_RETRY_MS;
let retryTimer = 0;
let pollTimer = 0;
let quietTimer = 0;
let running = false;

function setLink(value) {
  if (link.value === value) return;
  if (value === 'lost') lostSince.value = performance.now();
  link.value = value;
}

api.onReach((yes) => {
  if (!yes) setLink('lost');
  else if (link.value === 'lost') setLink(running ? 'polling' : 'idle');
});

function accept(value) {
  if (!value?.devices) return;
  now.value = stamped(value, performance.now());
  const known = devices.value;
  if (known && value.devices.some((d) => !known.some((k) => k.id === d.id))) loadDevices().catch(() => {});
}

function alive() {
  retryMs = FIRST_RETRY_MS;
  clearTimeout(pollTimer);
  setLink('live');
  watch();
}

function watch() {
  clearTimeout(quietTimer);
  quietTimer = setTimeout(() => {
    drop();
    retry();
  }, QUIET_MS);
}

const data = (event) => {
  try {
    return JSON.parse(event.data);
  } catch {
    return null;
  }
};

function connect() {
  drop();
  if (!running || !prosumer.value) return;
  source = new EventSource(api.url('/events'));
  source.onopen = watch;
  source.addEventListener('now', (e) => {
    alive();
    accept(data(e));
  });
  source.addEventListener('readings', (e) => {
    alive();
    const event = data(e);
    if (event?.values && now.value) {
      const before = pending.get(event.device)?.values;
      pending.set(event.device, { ...event, values: { ...before, ...event.values } });
      if (!frame) frame = requestAnimationFrame(flush);
    }
  });
  source.addEventListener('health', (e) => {
    alive();
    health.value = data(e) ?? health.value;
  });
  source.onerror = () => {
    drop();
    retry();
  };
}

// Many readings may come within one frame of the screen: they are drawn together.
const pending = new Map();
let frame = 0;
function flush() {
  frame = 0;
  let value = now.value;
  for (const event of pending.values()) value = merge(value, event, performance.now());
  pending.clear();
  now.value = value;
}

function drop() {
  clearTimeout(quietTimer);
  source?.close();
  source = null;
}

function retry() {
  if (!running) return;
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, retryMs * (0.8 + 0.4 * Math.random()));
  retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
  poll();
}

async function poll() {
  clearTimeout(pollTimer);
  if (!running) return;
  try {
    if (prosumer.value) accept(await api.get('/now', { timeout: 8_000 }));
    else health.value = await api.get('/health', { timeout: 8_000 });
    if (!source) setLink('polling');
  } catch (problem) {
    if (problem.status === 401) return;
  }
  if (running && !document.hidden && link.value !== 'live') {
    pollTimer = setTimeout(poll, prosumer.value ? POLL_MS : 3 * POLL_MS);
  }
}

/** Tries at once, when a person asks or the browser says it is back. */
export function reconnect() {
  retryMs = FIRST_RETRY_MS;
  if (!session.value) {
    loadSession().catch(() => {});
    return;
  }
  connect();
  poll();
}

function start() {
  running = true;
  loadDevices().catch(() => {});
  api.get('/health').then((h) => (health.value = h), () => {});
  connect();
  poll();
}

function stop() {
  running = false;
  pause();
  if (link.value !== 'lost') setLink('idle');
}

// A browser opens six connections to a hub at most (HTTP/1.1), and an event stream takes one for
// itself: pages nobody looks at let go of theirs.
function pause() {
  drop();
  clearTimeout(retryTimer);
  clearTimeout(pollTimer);
}
addEventListener('online', () => running && reconnect());
addEventListener('pagehide', pause);
addEventListener('pageshow', (event) => event.persisted && running && reconnect());
document.addEventListener('visibilitychange', () => {
  if (!running) return;
  if (document.hidden) pause();
  else reconnect();
});

let user = null;
effect(() => {
  const next = session.value?.user?.name ?? null;
  if (next === user) return;
  user = next;
  queueMicrotask(next ? start : stop);
});
