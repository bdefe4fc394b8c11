// Who gets what of this home: loaded when first opened.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { extend, t } from '../lib/i18n.js';
import { devices, loadDevices, loadGate, prosumer } from '../lib/store.js';
import { Alert, Area, Badge, Button, Card, Confirm, Empty, FormError, Input, Loading, Saved, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { Decide } from './decide.jsx';
import { Log } from './log.jsx';
import { YourData } from './rights.jsx';
import { Facts, kindOf, moment, number, purposeName } from './words.jsx';

/** For the Apps page, which decides on data in the same dialog and words. */
export { Decide, Facts, purposeName };

export const ready = extend({
  en: () => import('../i18n/privacy-en.js'),
  it: () => import('../i18n/privacy-it.js'),
  de: () => import('../i18n/privacy-de.js'),
  fr: () => import('../i18n/privacy-fr.js'),
});

const REFRESH_MS = 10_000;
const STATES = { OPEN: 'ok', PAUSED: 'warn', CLOSED: 'bad' };

function Pause({ paused, reload }) {
  const action = useAction();
  const toggle = () => action.run(async () => {
    await api.put('/privacy/paused', { paused: !paused });
    await reload();
  });
  return (
    <Card class={'pause' + (paused ? ' on' : '')}>
      <div class="row">
        <div class="grow"><h2>{t('pause.title')}</h2><p class="hint">{t(paused ? 'pause.on' : 'pause.off')}</p></div>
        <button type="button" role="switch" class="switch" aria-checked={paused ? 'true' : 'false'} aria-label={t('pause.title')}
          aria-disabled={action.busy ? 'true' : undefined} onClick={toggle}>
          <span class="knob" /><span class="switch-text">{action.busy ? '…' : t(paused ? 'on' : 'off')}</span>
        </button>
      </div>
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
    </Card>
  );
}

const Request = ({ request: r, onOpen }) => (
  <Card class="inbox" aria-label={t('request.by', { name: r.name })}>
    <div class="row">
      <div class="grow stack-tight">
        <h3>{t('request.by', { name: r.name })} <Badge>{kindOf(r.recipient)}</Badge></h3>
        <p>{purposeName(r.widest.purposes[0])}: “{r.text}”</p>
        <p class="hint">{t('request.since', { time: moment(r.instant) })}</p>
      </div>
      <Button kind="primary" aria-label={t('request.look.at', { name: r.name })} onClick={onOpen}>{t('request.look')}</Button>
    </div>
  </Card>
);

function Recipient({ consent: c, onChange, onWithdrawn, onLog, onPaid }) {
  const action = useAction();
  const withdraw = () => action.run(async () => {
    await api.del('/privacy/consents/' + encodeURIComponent(c.id));
    onWithdrawn(c);
  });
  return (
    <Card class="recipient" aria-label={c.name + ', ' + purposeName(c.purpose)}>
      <header class="row">
        <div class="grow"><h3>{c.name}</h3><p class="hint">{kindOf(c.recipient)} · {purposeName(c.purpose)}</p></div>
        <Badge kind={STATES[c.state]}>{t('state.' + c.state)}</Badge>
      </header>
      {c.reason && <Alert kind="warn">{c.reason}</Alert>}
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      <Facts terms={c.terms} more={[
        ['given', t('given.by', { time: moment(c.given), name: c.actor })],
        ['last', c.lastReleased ? moment(c.lastReleased) : t('last.never')],
        ['values', number(c.valuesReleased)],
      ]} />
      {c.terms.price && <Paid consent={c} onPaid={onPaid} />}
      <div class="row spaced">
        <Button kind="danger" busy={action.busy} aria-label={t('withdraw.of', { name: c.name })} onClick={withdraw}>{t('withdraw')}</Button>
        <Button aria-label={t('change.of', { name: c.name })} onClick={onChange}>{t('change')}</Button>
        <a class="more" href="#/privacy" aria-label={t('log.of', { name: c.name })} onClick={onLog}>{t('log.short')}</a>
        <a class="more" href={api.url(`/privacy/consents/${encodeURIComponent(c.id)}/receipt`)} download="consent.json" aria-label={t('receipt.short.of', { name: c.name })}>{t('receipt.short')}</a>
      </div>
    </Card>
  );
}

/** Nothing is sold on trust: the person says that it was paid. */
function Paid({ consent: c, onPaid }) {
  const [reference, set] = useState('');
  const action = useAction();
  const submit = (event) => {
    event.preventDefault();
    action.run(async () => {
      await api.post('/privacy/paid', { consent: c.id, reference: reference.trim() });
      set('');
      onPaid();
    });
  };
  return (
    <details class="as-table">
      <summary>{t('paid.title')}</summary>
      <form class="form inset" onSubmit={submit} noValidate>
        <FormError problem={action.problem} />
        <Input label={t('paid.reference')} hint={t('paid.hint')} value={reference} onValue={set} error={action.error('reference')} maxLength={200} />
        <Button type="submit" busy={action.busy}>{t('paid.do')}</Button>
      </form>
    </details>
  );
}

function Earlier({ list, reload }) {
  const action = useAction();
  if (!list.length) return null;
  const forget = (c) => action.run(async () => {
    await api.post('/privacy/forget', { recipient: c.recipient });
    await reload();
  });
  return (
    <details class="as-table">
      <summary>{t('earlier', { n: list.length })}</summary>
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      <ul class="plain entries">
        {list.map((c) => (
          <li key={c.id}>
            <span class="grow"><strong>{c.name}</strong> <span class="hint">{purposeName(c.purpose)} · {t('earlier.values', { n: number(c.valuesReleased) })} · {t('earlier.until', { time: moment(c.withdrawn ?? c.terms.until) })}</span></span>
            <Confirm quiet label={t('forget')} question={t('forget.sure', { name: c.name })} onConfirm={() => forget(c)} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Receive({ onReceived }) {
  const [text, set] = useState('');
  const action = useAction();
  const file = useRef();
  const submit = (event) => {
    event.preventDefault();
    action.run(async () => {
      const request = await api.post('/privacy/requests', { document: text });
      set('');
      onReceived(request);
    });
  };
  // A COSE file is bytes, a JWS is text: bytes travel as base64.
  const read = async (event) => {
    const chosen = event.currentTarget.files[0];
    if (!chosen || chosen.size > 96 * 1024) return chosen && action.fail({ field: 'document', detail: t('receive.large') });
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    const plain = bytes.every((b) => b >= 32 && b < 127 || b === 10 || b === 13);
    set(plain ? new TextDecoder().decode(bytes).trim() : btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')));
    file.current.value = '';
  };
  return (
    <details class="as-table">
      <summary>{t('receive.title')}</summary>
      <form class="form inset" onSubmit={submit} noValidate>
        <p class="hint">{t('receive.text')}</p>
        <FormError problem={action.problem} />
        <Area label={t('receive.paste')} rows={4} value={text} onValue={set} error={action.error('document')} />
        <input ref={file} type="file" aria-label={t('receive.file')} onChange={read} />
        <Button kind="primary" type="submit" busy={action.busy}>{t('receive.do')}</Button>
      </form>
    </details>
  );
}

export function Privacy() {
  const load = useLoad(() => (prosumer.value ? api.get('/privacy') : null));
  const [open, decide] = useState(null);
  const [said, say] = useState('');
  const [only, filter] = useState('');
  const [changes, changed] = useState(0);
  const reload = async () => {
    changed((n) => n + 1);
    await Promise.all([load.reload(true), loadGate()]);
  };
  useEffect(() => {
    if (!devices.value) loadDevices().catch(() => {});
    const timer = setInterval(() => !document.hidden && load.reload(true), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (!prosumer.value) return <><h1>{t('nav.privacy')}</h1><Alert kind="info">{t('operator.section')}</Alert></>;
  const value = load.value;
  const done = (what, subject) => {
    decide(null);
    if (what) {
      say(t('done.' + what, { name: subject.name }));
      reload();
    }
  };
  const current = value?.consents.filter((c) => !c.withdrawn) ?? [];
  const names = (recipient) =>
    [...(value?.consents ?? []), ...(value?.requests ?? [])].find((c) => c.recipient === recipient)?.name ?? recipient;
  return (
    <>
      <h1>{t('nav.privacy')}</h1>
      <p class="lead">{t('privacy.lead')}</p>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {!value && load.loading && <Loading />}
      <Saved show={said}>{said}</Saved>
      {value && (
        <>
          {value.problems.map((problem) => <Alert key={problem}>{problem}</Alert>)}
          <Pause paused={value.paused} reload={reload} />
          {value.requests.length > 0 && (
            <section class="stack" aria-labelledby="waiting">
              <h2 id="waiting">{t('requests.title', { n: value.requests.length })}</h2>
              {value.requests.map((r) => <Request key={r.id} request={r} onOpen={() => decide(r)} />)}
            </section>
          )}
          {current.length === 0 ? (
            <Empty icon="lock" title={t('nothing.title')}><p>{t('nothing.text')}</p></Empty>
          ) : (
            <section class="stack" aria-labelledby="recipients">
              <h2 id="recipients">{t('recipients.title', { n: current.length })}</h2>
              <div class="two">
                {current.map((c) => (
                  <Recipient key={c.id} consent={c} onChange={() => decide(c)} onPaid={() => { say(t('done.paid', { name: c.name })); reload(); }}
                    onWithdrawn={(gone) => { say(t('done.withdrawn', { name: gone.name })); reload(); }}
                    onLog={(e) => { e.preventDefault(); filter(c.recipient); document.getElementById('log')?.scrollIntoView(); }} />
                ))}
              </div>
            </section>
          )}
          <Earlier list={value.consents.filter((c) => c.withdrawn)} reload={reload} />
          <Receive onReceived={(request) => { reload(); decide(request); }} />
          <Log names={names} only={only} onOnly={filter} changed={changes} />
          <YourData rights={value.rights} onErased={reload} />
          {open && <Decide key={open.id} subject={open} onDone={done} />}
        </>
      )}
    </>
  );
}
