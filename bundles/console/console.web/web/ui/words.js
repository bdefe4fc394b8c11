// What devices do, in words.
import { doing, exchange, plain, valueOf } from '../lib/flow.js';
import { percent, power, quantity } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';

/** Names of quantities in words where the console has them, as the hub writes them otherwise. */
export const quantityName = (q) => (has('quantity.' + q) ? t('quantity.' + q) : q);

/** What a power means at a device of this role: words instead of a sign. */
export function powerWords(role, watts) {
  const doingNow = doing(watts);
  const kind = plain(role);
  const key =
    kind === 'grid-meter' ? 'doing.grid.' + exchange(watts)
    : kind === 'battery' && doingNow !== 'resting' ? 'doing.battery.' + doingNow
    : 'doing.' + doingNow;
  return t(key, { power: power(Math.abs(watts), locale.value) });
}

/** One line on what a device does now. */
export function deviceWords(device) {
  const watts = valueOf(device, 'power.active');
  const soc = valueOf(device, 'battery.soc');
  const words = [];
  if (Number.isFinite(watts)) {
    words.push(powerWords(device.role, watts));
  } else {
    const first = device.values?.[0];
    words.push(first ? quantity(first.value, first.unit, locale.value) : t('doing.unknown'));
  }
  if (Number.isFinite(soc)) words.push(t('doing.soc', { percent: percent(soc / 100, locale.value) }));
  return words.join(' · ');
}

/** A value of a device as people read it: active power in words, all else as a number. */
export const valueWords = (role, v) =>
  /^power\.active(\.l\d)?$/.test(v.quantity) && Number.isFinite(v.value)
    ? powerWords(role, v.value)
    : quantity(v.value, v.unit, locale.value);
