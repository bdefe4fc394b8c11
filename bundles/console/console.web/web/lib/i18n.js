// Messages in the chosen language; one language is loaded at a time.
import { computed, signal } from '@preact/signals';

export const LANGUAGES = { en: 'English', it: 'Italiano', de: 'Deutsch', fr: 'Français' };
const loaders = {
  en: () => import('../i18n/en.js'),
  it: () => import('../i18n/it.js'),
  de: () => import('../i18n/de.js'),
  fr: () => import('../i18n/fr.js'),
};

export const language = signal('en');
/** For numbers and dates: the reader's own region where it fits the language, European otherwise. */
export const locale = computed(() => {
  const mine = (globalThis.navigator?.languages ?? []).find((l) => l.startsWith(language.value + '-'));
  return mine ?? { en: 'en-GB', it: 'it-IT', de: 'de-DE', fr: 'fr-FR' }[language.value];
});
const messages = signal({});

/** The first language of the list that the console speaks. */
export const choose = (...wanted) =>
  wanted.map((tag) => String(tag ?? '').slice(0, 2).toLowerCase()).find((l) => l in LANGUAGES) ?? 'en';

const sets = [loaders];

/** Loads and switches to a language. */
export async function speak(tag) {
  const lang = choose(tag);
  const loaded = await Promise.all(sets.map((set) => set[lang]()));
  messages.value = Object.assign({}, ...loaded.map((m) => m.default));
  language.value = lang;
  document.documentElement.lang = lang;
}

/** Adds messages of pages that are loaded later, in this language and in those to come. */
export async function extend(more) {
  sets.push(more);
  await speak(language.value);
}

/** Fills {name} with values. */
export const fill = (text, values) =>
  values ? text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all)) : text;

/** The message of a key, or of key.one / key.other where {n} is counted. */
export function t(key, values) {
  const all = messages.value;
  let text = all[key];
  if (text === undefined && values && 'n' in values) {
    const rule = new Intl.PluralRules(language.value).select(values.n);
    text = all[key + '.' + rule] ?? all[key + '.other'];
  }
  return text === undefined ? key : fill(text, values);
}

/** Whether there is a message: for names the hub may extend. */
export const has = (key) => key in messages.value;
