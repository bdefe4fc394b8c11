// Trust: alarms first, then what is signed, where it is anchored and at what cost.
import { useEffect } from 'preact/hooks';
import * as api from '../lib/api.js';
import { ago, dateTime } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { prosumer, zone } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Badge, Card, Confirm, Empty, Loading, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { DropReceipt } from './checkreceipt.jsx';
import { cost } from './money.js';

const time = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'medium', timeStyle: 'short' });
const kindOf = (kind) => t('kind.' + kind);
const Short = ({ value }) => <code title={value}>{value.length > 18 ? value.slice(0, 8) + '…' + value.slice(-6) : value}</code>;

/** How a submission stands, in words. */
const Stage = ({ stage }) => (
  <Badge kind={{ FINAL: 'ok', INCLUDED: 'ok', REJECTED: 'bad' }[stage] ?? ''}>{t('stage.' + stage)}</Badge>
);

/** What a ledger took, in words. */
export function paid(amount, unit) {
  if (!unit) return t('ledger.free');
  const text = cost(amount, unit, locale.value);
  return unit === 'wei' ? t('ledger.coins', { n: text }) : text;
}

export const receiptUrl = (index) => api.url(`/journal/${index}/receipt`);

function Verdict({ value }) {
  const problems = [value.anchors.problem, value.journal.problem, ...value.ledgers.map((l) => l.problem)].filter(Boolean);
  const state = value.alarms.length ? 'bad' : problems.length ? 'warn' : 'ok';
  return (
    <>
      <div class={'verdict ' + state}>
        <span class="verdict-icon"><Icon name={state === 'ok' ? 'trust' : 'alert'} size={32} /></span>
        <div>
          <strong>{t('trust.' + state)}</strong>
          <p>{t(state === 'ok' && !value.ledgers.length ? 'trust.alone.text' : 'trust.' + state + '.text')}</p>
        </div>
      </div>
      {value.alarms.map((alarm) => (
        <Alert key={alarm.word + alarm.since} title={has('alarm.' + alarm.word) ? t('alarm.' + alarm.word) : undefined}>
          {alarm.text} <span class="when">{t('trust.since', { time: time(alarm.since) })}</span>
        </Alert>
      ))}
      {value.anchors.problem && <Alert kind="warn" title={t('anchors.stuck')}>{value.anchors.problem}</Alert>}
      {value.journal.problem && <Alert kind="warn">{value.journal.problem}</Alert>}
    </>
  );
}

function Signed({ journal }) {
  const point = journal.checkpoint;
  const names = point?.cosigners.map((c) => c.name).filter(Boolean) ?? [];
  return (
    <Card title={t('signed.title')} icon="seal">
      <p class="hint">{t('signed.text')}</p>
      <dl class="facts">
        <div><dt>{t('signed.entries')}</dt><dd>{new Intl.NumberFormat(locale.value).format(journal.size)}</dd></div>
        <div><dt>{t('signed.latest')}</dt><dd>{point ? time(point.instant) : t('signed.none')}</dd></div>
        {point && (
          <div><dt>{t('signed.by')}</dt><dd>{point.cosigners.length
            ? names.length === point.cosigners.length ? new Intl.ListFormat(locale.value).format(names) : t('signed.others', { n: point.cosigners.length })
            : t('signed.alone')}</dd></div>
        )}
      </dl>
      {journal.entries.length > 0 && (
        <details class="as-table" open>
          <summary>{t('signed.newest')}</summary>
          <ul class="plain entries">
            {journal.entries.slice(0, 8).map((e) => (
              <li key={e.index}>
                <span class="grow"><strong>{kindOf(e.kind)}</strong> <span class="hint">{time(e.instant)} · {t('entry.number', { n: e.index })}{e.erased && <> · {t('entry.erased')}</>}</span></span>
                {prosumer.value && (
                  <a class="more" href={receiptUrl(e.index)} download={e.index + '.receipt'} aria-label={t('receipt.of', { n: e.index })}>{t('receipt')}</a>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
      {prosumer.value && journal.size > 0 && (
        <div class="row spaced"><a class="button" href={api.url('/journal/export')} download="hub.journal"><Icon name="download" size={20} /><span>{t('signed.export')}</span></a></div>
      )}
    </Card>
  );
}

function Ledger({ ledger: l, reload }) {
  const action = useAction();
  const held = l.recent.find((s) => s.problem && s.problem !== l.problem);
  const resume = async () => {
    if (await action.run(() => api.post(`/ledgers/${encodeURIComponent(l.name)}/resume`, { onlyHub: true }))) reload();
  };
  return (
    <section class="ledger" aria-label={l.name}>
      <h3>{l.technology} <span class="quiet">{l.network}</span></h3>
      {l.problem && <Alert kind="warn">{l.problem}</Alert>}
      <p class="hint">{l.trust}</p>
      <dl class="facts">
        <div><dt>{t('ledger.done')}</dt><dd>{new Intl.NumberFormat(locale.value).format(l.done)}{l.since && <span class="quiet"> {t('since', { date: dateTime(l.since, locale.value, zone.value, { dateStyle: 'medium' }) })}</span>}</dd></div>
        <div><dt>{t('ledger.waiting')}</dt><dd>{l.waiting}</dd></div>
        <div><dt>{t('ledger.cost')}</dt><dd>{paid(l.cost, l.costUnit)}</dd></div>
      </dl>
      {held && <p class="error"><Icon name="alert" size={16} /><span>{held.problem}</span></p>}
      {l.problem && prosumer.value && (
        <>
          {action.problem && <Alert>{explain(action.problem)}</Alert>}
          <Confirm quiet icon="check" label={t('ledger.resume')} question={t('ledger.resume.sure')} onConfirm={resume} />
        </>
      )}
    </section>
  );
}

function Anchored({ value, reload }) {
  const { anchors, ledgers } = value;
  return (
    <Card title={t('anchored.title')} icon="link">
      <p class="hint">{t('anchored.text')}</p>
      {!ledgers.length && <p class="quiet">{t('anchored.none')} <a href="#/settings/features">{t('section.features')}</a></p>}
      {ledgers.map((l) => <Ledger key={l.name} ledger={l} reload={reload} />)}
      {anchors.recent.length > 0 && (
        <details class="as-table">
          <summary>{t('anchored.newest')}</summary>
          <div class="table-box" tabIndex={0} role="region" aria-label={t('anchored.newest')}>
            <table>
              <thead><tr>{['time', 'ledger', 'stage', 'reference'].map((c) => <th key={c} scope="col">{t('anchored.' + c)}</th>)}</tr></thead>
              <tbody>
                {anchors.recent.map((a) => (
                  <tr key={a.ledger + a.size}>
                    <th scope="row">{dateTime(a.instant, locale.value, zone.value, { dateStyle: 'short', timeStyle: 'short' })}</th>
                    <td>{a.ledger}{a.aggregator && <small class="hint"> {t('anchored.together')}</small>}{a.status.cost != null && <small class="hint block">{paid(a.status.cost, a.costUnit)}</small>}</td>
                    <td><Stage stage={a.status.stage} /></td>
                    <td>{a.status.reference ? <Short value={a.status.reference} /> : '–'}{a.status.position && <> · {a.status.position}</>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </Card>
  );
}

function Doubts({ list }) {
  if (!list.length) return null;
  return (
    <Card title={t('doubts.title')} icon="gauge">
      <p class="hint">{t('doubts.text')}</p>
      <ul class="plain list">
        {list.map((d) => (
          <li key={d.check + d.from} class="doubt">
            <Badge kind={d.to ? '' : 'warn'}>{t(d.to ? 'doubts.over' : 'doubts.open')}</Badge>
            <p>{d.text}</p>
            <p class="hint">{time(d.from)}{d.to && ' – ' + time(d.to)}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Witnesses({ value }) {
  return (
    <Card title={t('witness.title')} icon="users" action={<a class="more" href="#/settings/neighbours">{t('section.neighbours')}</a>}>
      <p class="hint">{t('witness.text')}</p>
      {value.neighbours.length === 0 ? <p class="quiet">{t('witness.none')}</p> : (
        <ul class="plain entries">
          {value.neighbours.map((n) => (
            <li key={n.did}>
              <Icon name={n.problem ? 'alert' : 'check'} size={18} />
              <span class="grow"><strong>{n.name}</strong> <span class="hint">{n.problem ?? (n.heard ? ago((Date.now() - Date.parse(n.heard)) / 1000, locale.value) : t('neighbour.never'))}</span></span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function Overview() {
  const load = useLoad(() => api.get('/trust'));
  const near = useLoad(() => api.get('/neighbours'));
  useEffect(() => {
    const timer = setInterval(() => load.reload(true), 15_000);
    return () => clearInterval(timer);
  }, []);
  const value = load.value;
  const off = value && !value.journal.running;
  return (
    <>
      <h1>{t('nav.trust')}</h1>
      <p class="lead">{t('trust.lead')}</p>
      {load.problem && !value && <Trouble problem={load.problem} retry={load.reload} />}
      {!value && load.loading && <Loading />}
      {off && (
        <Empty icon="trust" title={t('trust.off')}>
          <p>{t('trust.off.text')}</p>
          <a class="button primary" href="#/settings/features"><span>{t('section.features')}</span></a>
        </Empty>
      )}
      {value && !off && (
        <>
          <Verdict value={value} />
          <Doubts list={value.contradictions.recent} />
          <div class="two">
            <Signed journal={value.journal} />
            <Anchored value={value} reload={() => load.reload(true)} />
          </div>
          {near.value?.running && <Witnesses value={near.value} />}
        </>
      )}
      <DropReceipt title />
    </>
  );
}
