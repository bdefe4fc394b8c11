// The signed registers behind a figure of Energy: what stood on the meters at its begin and at its end.
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { route } from '../lib/router.js';
import { prosumer, zone } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Back, Card, Loading, Trouble, useLoad } from '../ui/parts.jsx';
import { quantityName } from '../ui/words.js';
import { exact } from './content.jsx';
import { difference } from './money.js';
import { paid, receiptUrl } from './overview.jsx';

const time = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'medium', timeStyle: 'short' });

const at = async (instant) => {
  try {
    return await api.get('/receipts?at=' + encodeURIComponent(instant));
  } catch (problem) {
    if (problem.status === 404) return { missing: problem.detail };
    throw problem;
  }
};

const key = (meter, register) => meter.device + register.obis;

/** Registers at the end beside those at the begin. */
function rowsOf(a, b) {
  const before = new Map(a.meters.flatMap((m) => m.registers.map((r) => [key(m, r), { ...r, epoch: m.meterEpoch }])));
  return b.meters.flatMap((m) => m.registers.map((r) => {
    const then = before.get(key(m, r));
    return { ...r, key: key(m, r), name: m.name ?? m.device.slice(0, 8), before: then?.epoch === m.meterEpoch ? then.value : null };
  }));
}

function End({ title, value }) {
  if (value.missing) return <Card title={title} icon="seal"><Alert kind="warn">{value.missing}</Alert></Card>;
  return (
    <Card title={title} icon="seal">
      <p class="hint">{time(value.slot)}</p>
      <ul class="plain entries">
        {value.meters.map((m) => (
          <li key={m.device}>
            <span class="grow">
              <strong>{m.name ?? m.device.slice(0, 8)}</strong>
              <span class="hint block">{t('entry.number', { n: m.entry.index })}{!m.anchors.length && ' · ' + t('proof.unanchored')}</span>
              {m.anchors.map((x) => (
                <span key={x.ledger} class="hint block">{x.ledger}: {t('stage.' + x.status.stage)} · {time(x.status.since)}{x.status.cost != null && ' · ' + paid(x.status.cost, x.costUnit)}</span>
              ))}
            </span>
            <a class="button" href={receiptUrl(m.entry.index)} download={m.entry.index + '.receipt'} aria-label={t('receipt.of', { n: m.entry.index })}><Icon name="download" size={20} /><span>{t('receipt')}</span></a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function ProofOf() {
  const { from, to } = route.value.query;
  const load = useLoad(() => (prosumer.value ? Promise.all([at(from), at(to)]) : null), from + to);
  const [a, b] = load.value ?? [];
  const both = a?.meters && b?.meters;
  const same = both && a.slot === b.slot;
  return (
    <>
      <Back to="energy">{t('nav.energy')}</Back>
      <h1>{t('trust.title.proof')}</h1>
      {!prosumer.value && <Alert kind="info" title={t('operator.title')}>{t('operator.section')}</Alert>}
      <p class="lead">{t('proof.lead', { from: time(from), to: time(to) })}</p>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {load.loading && !load.value && <Loading />}
      {same && <Alert kind="info">{t('proof.wait')}</Alert>}
      {both && !same && (
        <Card title={t('proof.registers')} icon="gauge">
          <ul class="plain entries">
            {rowsOf(a, b).map((r) => (
              <li key={r.key}>
                <span class="grow">
                  <strong>{r.name}</strong> {r.quantity ? quantityName(r.quantity) : r.obis}
                  <span class="hint block">{r.before ? t('proof.fromto', { from: exact(r.before, r.unit), to: exact(r.value, r.unit) }) : exact(r.value, r.unit)}</span>
                </span>
                <strong class="num">{r.before ? exact(difference(r.before, r.value), r.unit) : '–'}</strong>
              </li>
            ))}
          </ul>
          <p class="hint">{t('proof.how')}</p>
        </Card>
      )}
      {load.value && (
        <div class="two">
          <End title={t('proof.begin')} value={a} />
          <End title={t('proof.end')} value={b} />
        </div>
      )}
    </>
  );
}
