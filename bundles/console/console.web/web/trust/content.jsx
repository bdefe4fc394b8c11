// What an entry of the journal says, in words.
import { dateTime } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { devices, zone } from '../lib/store.js';
import { readings, uuid } from './readings.js';
import { Badge } from '../ui/parts.jsx';
import { quantityName } from '../ui/words.js';
import { hex } from './cbor.js';

const nameOf = (id) => devices.value?.find((d) => d.id === id)?.name ?? id.slice(0, 8);
const time = (ms) => dateTime(new Date(ms).toISOString(), locale.value, zone.value, { dateStyle: 'medium', timeStyle: 'short' });

/** A thousandth, exact. */
function kilo(text) {
  const [whole, part = ''] = text.replace('-', '').split('.');
  const digits = whole.padStart(4, '0') + part;
  const at = digits.length - part.length - 3;
  return (text.startsWith('-') ? '-' : '') + digits.slice(0, at) + ('.' + digits.slice(at)).replace(/\.?0+$/, '');
}

/** A decimal number in text with its unit; grouped, never rounded. */
export function exact(text, unit) {
  const [whole, part] = text.split('.');
  if (unit === 'Wh') return exact(kilo(text), 'kWh');
  const grouped = new Intl.NumberFormat(locale.value).format(BigInt(whole));
  const comma = new Intl.NumberFormat(locale.value).formatToParts(1.5).find((p) => p.type === 'decimal').value;
  return grouped + (part ? comma + part : '') + '\u00a0' + unit;
}

/** Values nobody here knows, as they stand in the file. */
function plain(value) {
  if (value instanceof Uint8Array) return hex(value);
  if (value instanceof Map) return '{' + [...value].map(([k, v]) => `${k}: ${plain(v)}`).join(', ') + '}';
  if (Array.isArray(value)) return '[' + value.map(plain).join(', ') + ']';
  return String(value);
}

/** What an entry of another kind says, in a sentence; null for kinds that have none yet. */
function sentence(kind, content) {
  if (!(content instanceof Map)) return null;
  const [a, b, c] = [content.get(1), content.get(2), content.get(3)];
  const when = (ms) => (Number.isSafeInteger(ms) && Math.abs(ms) < 8.64e15 ? time(ms) : '–');
  if (kind === 'GAP' && a instanceof Uint8Array) return t('content.gap', { name: nameOf(uuid(a)), from: when(b), to: when(c) });
  if (kind === 'HUB' && String(a).startsWith('aggregator-')) return t('content.hub.aggregator', { a, b: plain(b) });
  if (kind === 'HUB' && has('content.hub.' + a)) {
    return t('content.hub.' + a, a === 'clock-back' ? { a: when(b), b: when(c) } : { a: plain(b), b: plain(c) });
  }
  return null;
}

export function Content({ report, level }) {
  const H = 'h' + level;
  const { kind, instant, content } = report;
  const known = kind === 'READINGS' || kind === 'BACKFILL' ? readings(content) : null;
  const words = sentence(kind, content);
  return (
    <section class="said">
      <H>{t('content.title')}</H>
      <p><strong>{kind ? t('kind.' + kind) : t('content.unknown')}</strong> <span class="hint">{t('content.recorded', { time: time(instant) })}</span></p>
      {known && (
        <>
          <p>{t('content.slot', { name: nameOf(known.device), time: time(known.slot) })}</p>
          <dl class="facts">
            {known.registers.map((r) => (
              <div key={r.obis}>
                <dt>{quantityName(r.quantity)}{r.quality.length > 0 && <> <Badge kind="warn">{r.quality.join(', ')}</Badge></>}</dt>
                <dd>{exact(r.value, 'Wh')}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {words && <p class="raw">{words}</p>}
      {!known && !words && content !== null && <p class="raw"><code>{plain(content).slice(0, 2000)}</code></p>}
    </section>
  );
}
