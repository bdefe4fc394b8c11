// What an entry of the journal says, in words.
import { dateTime } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { devices, zone } from '../lib/store.js';
import { readings } from './readings.js';
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

export function Content({ report }) {
  const { kind, instant, content } = report;
  const known = content && (kind === 'READINGS' || kind === 'BACKFILL') ? readings(content) : null;
  return (
    <section class="said">
      <h3>{t('content.title')}</h3>
      <p><strong>{kind ? t('kind.' + kind) : t('content.unknown')}</strong> <span class="hint">{t('content.recorded', { time: time(instant) })}</span></p>
      {known ? (
        <>
          <p>{t('content.slot', { name: nameOf(known.device), time: time(known.slot) })}</p>
          <dl class="facts">
            {known.registers.map((r) => (
              <div key={r.obis}>
                <dt>{quantityName(r.quantity)}{r.quality.length > 0 && <> <Badge kind="warn">{r.quality.join(', ')}</Badge></>}</dt>
                <dd>{exact(r.value, r.quantity.startsWith('gas') || r.quantity.startsWith('water') ? 'm³' : 'Wh')}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : content ? <p class="raw"><code>{plain(content).slice(0, 2000)}</code></p> : null}
    </section>
  );
}
