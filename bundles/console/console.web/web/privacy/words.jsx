// Terms and names in plain words.
import { dateTime, money, quantity } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { devices, zone } from '../lib/store.js';
import { quantityName } from '../ui/words.js';

export const list = (words) => new Intl.ListFormat(locale.value).format(words);
export const number = (n) => new Intl.NumberFormat(locale.value).format(n);
export const date = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'medium' });
export const moment = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'medium', timeStyle: 'short' });
export const brief = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'short', timeStyle: 'short' });

/** 900 as "15 minutes". */
export function span(seconds) {
  const units = [[31_536_000, 'year'], [604_800, 'week'], [86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
  const [size, unit] = units.find(([s]) => seconds % s === 0);
  return new Intl.NumberFormat(locale.value, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size);
}

export const kindOf = (recipient) => t('kind.' + recipient.split(':')[0]);
export const purposeName = (purpose) => t('purpose.' + purpose.toLowerCase().replace('_', '-'));
export const deviceName = (id) => devices.value?.find((d) => d.id === id)?.name ?? id;
export const milli = (value, unit) => quantity(value / 1000, unit, locale.value);

export const fineWords = (seconds, cohort) =>
  cohort ? t('fine.sum', { span: span(seconds), n: number(cohort) }) : seconds ? t('fine.interval', { span: span(seconds) }) : t('fine.raw');
export const delayWords = (seconds) => (seconds ? t('delay.some', { span: span(seconds) }) : t('delay.none'));
export const historyWords = (seconds) => (seconds ? t('back.some', { span: span(seconds) }) : t('back.none'));

function whatWords(terms) {
  const names = (terms.quantities ?? []).map(quantityName);
  const kinds = (terms.kinds ?? []).filter((k) => k !== 'readings').map((k) => t('data.' + k));
  return list([...names, ...kinds]);
}

function whichWords(terms) {
  if (terms.devices) return list(terms.devices.map(deviceName));
  if (terms.roles) return list(terms.roles.map((r) => (has('role.' + r) ? t('role.' + r) : r)));
  return t('devices.all');
}

function whereWords({ hosts }) {
  if (!hosts) return t('hosts.any');
  return hosts.length ? list(hosts) : t('hosts.none');
}

/** Terms as rows of [label, words]; what does not apply is left out. */
export function rows(terms) {
  const { quantum_milli: quantum, price } = terms;
  return [
    ['what', whatWords(terms)],
    ['devices', whichWords(terms)],
    ['fine', fineWords(terms.mode === 'raw' ? 0 : terms.resolution_s, terms.cohort)],
    ['delay', delayWords(terms.delay_s ?? 0)],
    ['history', terms.history_s === undefined ? t('back.all') : historyWords(terms.history_s)],
    ['until', terms.until ? date(terms.until) : t('until.never')],
    quantum && ['round', list(Object.entries(quantum).map(([unit, q]) => milli(q, unit)))],
    terms.noise && ['noise', t('noise.is')],
    terms.pseudonym_rotation_s && ['pseudonym', t('pseudonym.is', { span: span(terms.pseudonym_rotation_s) })],
    terms.policies && ['policies', list(Object.keys(terms.policies))],
    ['where', whereWords(terms)],
    price && ['price', t('price.is', { money: money(price.micro_units, price.currency, locale.value), span: span(price.days * 86_400) })],
  ].filter(Boolean);
}

/** Terms, and more rows after them. */
export const Facts = ({ terms, more = [] }) => (
  <dl class="facts">
    {[...rows(terms), ...more].map(([key, words]) => <div key={key}><dt>{t('label.' + key)}</dt><dd>{words}</dd></div>)}
  </dl>
);
