// What the pages share: session, preferences, live values, connection.
import { batch, computed, signal } from '@preact/signals';
import * as api from './api.js';
import { choose, language, speak } from './i18n.js';
import { replace } from './router.js';

/** null until the hub answered. */
export const session = signal(null);
/** Devices by id, for their intervals and names. */
export const devices = signal(null);
/** Last /now object; every device has a `stamp`, see flow.js. */
export const now = signal(null);
/** Monotonic seconds, ticking: what ages are computed from. */
export const tick = signal(performance.now());
setInterval(() => (tick.value = performance.now()), 1000);

export const prosumer = computed(() => session.value?.user?.role?.toLowerCase() === 'prosumer');
export const zone = computed(() => session.value?.home?.zone);
export const currency = computed(() => session.value?.home?.currency ?? 'EUR');

const stored = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};
const store = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // private mode: the choice lasts as long as the page
  }
};

export const theme = signal(stored('theme') ?? 'auto');
const dark = matchMedia('(prefers-color-scheme: dark)');
/** Whether the page is dark now. */
export const isDark = signal(false);
function applyTheme() {
  const on = theme.value === 'dark' || (theme.value === 'auto' && dark.matches);
  document.documentElement.dataset.theme = on ? 'dark' : 'light';
  isDark.value = on;
}
dark.addEventListener('change', applyTheme);
applyTheme();
const small = matchMedia('(max-width: 38rem)');
/** Whether the page is as narrow as a phone. */
export const narrow = signal(small.matches);
small.addEventListener('change', () => (narrow.value = small.matches));
export function setTheme(value) {
  theme.value = value;
  store('theme', value);
  applyTheme();
}

export async function setLanguage(value) {
  store('language', value);
  await speak(value);
}
export const startLanguage = () =>
  speak(choose(stored('language'), ...(navigator.languages ?? [navigator.language])));

export function setSession(value) {
  batch(() => {
    api.csrf.value = value?.csrf ?? '';
    session.value = value;
    if (!value?.user) {
      now.value = null;
      devices.value = null;
      gate.value = null;
    }
  });
}

/** Asks the hub who we are. The home's language counts when the browser's is none of ours. */
export async function loadSession() {
  const value = await api.get('/session');
  if (!stored('language')) {
    const mine = (navigator.languages ?? []).some((l) => choose(l) === l.slice(0, 2).toLowerCase());
    if (!mine && value.home?.language && choose(value.home.language) !== language.value) {
      await speak(value.home.language);
    }
  }
  setSession(value);
}

export async function logOut() {
  replace('now'); // whoever signs in next starts there
  try {
    await api.post('/logout');
  } finally {
    await loadSession().catch(() => setSession({ ...session.value, user: null }));
  }
}

api.onSignedOut(() => {
  if (session.value?.user) loadSession().catch(() => {});
});

/** State of the privacy gate for every page: whether all is paused, how many wait for an answer. */
export const gate = signal(null);
export const loadGate = () => api.get('/privacy/state').then((value) => (gate.value = value), () => {});

export async function loadDevices() {
  const list = await api.get('/devices');
  devices.value = list;
  return list;
}

export const intervalOf = (id) => devices.value?.find((d) => d.id === id)?.interval_ms;
