// The home's own curve beside what a recipient would get of it.
import { useState } from 'preact/hooks';
import { dateTime, quantity } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { zone } from '../lib/store.js';
import { Select } from '../ui/parts.jsx';
import { quantityName } from '../ui/words.js';
import { bounds, pairs, path, times } from './terms.js';
import { deviceName, number } from './words.jsx';

const hour = (ms) => dateTime(new Date(ms).toISOString(), locale.value, zone.value, { weekday: 'short', hour: '2-digit', minute: '2-digit' });

function Curve({ title, curve, time, scale, kind }) {
  const many = curve?.points.length ?? 0;
  const label = t('curve.label', { n: number(many) });
  if (!many) return <figure class="curve"><figcaption>{title}</figcaption><p class="hint nothing">{t('curve.nothing')}</p></figure>;
  const [low, high] = scale;
  const show = (v) => quantity(v, curve.unit, locale.value);
  return (
    <figure class="curve">
      <figcaption>{title}</figcaption>
      <p class="hint ends"><span>{show(high)}</span><span>{label}</span></p>
      <svg class={kind} viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label={title + ': ' + label}>
        <path class="zero" d={path({ interval_s: 0, points: [[time[0], 0], [time[1], 0]] }, time, scale)} />
        <path d={path(curve, time, scale)} />
      </svg>
      <p class="hint ends"><span>{show(low)}</span><span>{hour(time[0])} – {hour(time[1])}</span></p>
    </figure>
  );
}

export function Curves({ raw, released, name }) {
  const [shown, show] = useState('0');
  const all = pairs(raw, released);
  if (!all.length) return <p class="hint">{t('curve.none')}</p>;
  const pair = all[Math.min(Number(shown), all.length - 1)];
  const both = [pair.raw, pair.released].filter(Boolean);
  const time = times(both);
  // An amount and the register it comes from share no scale.
  const alike = both.length === 2 && (both[0].statistic === 'AMOUNT') === (both[1].statistic === 'AMOUNT');
  const scale = (curve) => bounds(alike ? both : [curve]);
  return (
    <>
      {all.length > 1 && (
        <Select label={t('curve.which')} value={shown} onValue={show}
          options={all.map(({ raw: r }, i) => [String(i), deviceName(r.subject) + ': ' + quantityName(r.quantity)])} />
      )}
      <div class="curves">
        <Curve title={t('curve.mine')} curve={pair.raw} time={time} scale={scale(pair.raw)} kind="mine" />
        <Curve title={t('curve.theirs', { name })} curve={pair.released} time={time} scale={pair.released && scale(pair.released)} kind="theirs" />
      </div>
    </>
  );
}
