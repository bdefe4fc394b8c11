// Saying yes or no: what is asked in plain words, narrower if one likes, and exactly what would leave.
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { quantityName } from '../ui/words.js';
import { devices } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Badge, Button, Check, Field, FormError, Loading, Select, explain, useAction } from '../ui/parts.jsx';
import { Curves } from './curves.jsx';
import { choice, offers, start } from './terms.js';
import { Facts, date, delayWords, fineWords, historyWords, kindOf, milli, number, purposeName } from './words.jsx';

const PAYLOAD_SHOWN = 20_000;
const SETTLE_MS = 250;

/** A modal dialog: the browser keeps the focus inside and gives it back. */
function Sheet({ title, onClose, children }) {
  const ref = useRef();
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return (
    <dialog ref={ref} class="sheet stack" aria-labelledby={id} onCancel={(e) => { e.preventDefault(); onClose(); }}>
      <header class="title-row">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" onClick={onClose}>{t('decide.later')}</Button>
      </header>
      {children}
    </dialog>
  );
}

/** One of a few steps on a slider, said in words. */
const Steps = ({ label, hint, steps, value, onValue, words }) => (
  <Field label={label} hint={hint}>
    {(a11y) => (
      <>
        <output for={a11y.id} class="step">{words(value)}</output>
        {steps.length > 1 && (
          <input type="range" min="0" max={steps.length - 1} step="1" value={Math.max(0, steps.indexOf(value))} {...a11y}
            aria-valuetext={words(value)} onInput={(e) => onValue(steps[Number(e.currentTarget.value)])} />
        )}
      </>
    )}
  </Field>
);

/** Which of several; at least one stays. */
const Some = ({ legend, all, chosen, onValue, name }) => (
  <fieldset class="some">
    <legend>{legend}</legend>
    {all.map((one) => (
      <Check key={one} label={name(one)} checked={chosen.includes(one)}
        onValue={(on) => (on || chosen.length > 1) && onValue(all.filter((x) => (x === one ? on : chosen.includes(x))))} />
    ))}
  </fieldset>
);

function Told({ inferences, protects }) {
  return (
    <section class="told">
      <h3>{t('told.title')}</h3>
      <ul class="plain">
        {inferences.map((i) => (
          <li key={i} class="finding"><Icon name={i === 'NOTHING_ALONE' ? 'check' : 'alert'} size={18} /><p>{t('told.' + i)}</p></li>
        ))}
      </ul>
      {protects && <p class="said">{protects}</p>}
      <p class="hint">{t('told.plateau')}</p>
    </section>
  );
}

/** Asks the hub what would flow; a newer question makes an older answer worthless. */
function usePreview(id, terms) {
  const [state, set] = useState({ loading: true });
  const key = JSON.stringify(terms);
  useEffect(() => {
    const stop = new AbortController();
    set((s) => ({ ...s, loading: true }));
    const timer = setTimeout(async () => {
      try {
        const value = await api.post('/privacy/preview', { id, choice: terms }, { signal: stop.signal });
        set({ value });
      } catch (problem) {
        if (!stop.signal.aborted) set((s) => ({ ...s, loading: false, problem }));
      }
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [id, key]);
  return state;
}

/** Both curves: in sight while one chooses. */
function Picture({ state: { value, problem, loading }, name }) {
  if (!value) return <div class="picture">{problem ? <Alert>{explain(problem)}</Alert> : <Loading>{t('preview.loading')}</Loading>}</div>;
  return (
    <div class={'picture' + (loading ? ' changing' : '')} aria-busy={loading ? 'true' : undefined}>
      {problem && <Alert>{explain(problem)}</Alert>}
      {value.refusal && <Alert kind="warn" title={t('preview.refused')}>{value.refusal}</Alert>}
      <Curves raw={value.raw} released={value.released} name={name} />
    </div>
  );
}

const Consequences = ({ value }) => (
  <div class="stack consequences">
    <Told inferences={value.inferences} protects={value.protects} />
    <details class="as-table">
      <summary>{t('preview.payload')}</summary>
      <p class="hint">{t('preview.payload.text', { n: number(value.values) })}</p>
      <pre class="payload" tabIndex={0} role="region" aria-label={t('preview.payload')}>{value.payload.slice(0, PAYLOAD_SHOWN)}</pre>
      {value.payload.length > PAYLOAD_SHOWN && <p class="hint">{t('preview.payload.more', { n: number(value.payload.length - PAYLOAD_SHOWN) })}</p>}
    </details>
    <details class="as-table">
      <summary>{t('preview.terms')}</summary>
      <Facts terms={value.terms} />
    </details>
  </div>
);

/**
 * @param subject a request, or a consent that is to be narrowed
 * @param onDone called with what happened: granted, refused; or nothing
 */
export function Decide({ subject, onDone }) {
  const request = 'widest' in subject;
  const widest = request ? subject.widest : subject.terms;
  const now = useMemo(() => Date.now() / 1000, []);
  const [units, learn] = useState([]);
  const [form, set] = useState(() => start(widest));
  const action = useAction();
  const terms = choice(form, widest, units, now);
  const preview = usePreview(subject.id, terms);
  const measured = preview.value?.raw;
  useEffect(() => {
    if (measured) learn([...new Set(measured.map((c) => c.unit))].sort());
  }, [measured]);
  const offer = offers(widest, units, now);
  const change = (part) => set((f) => ({ ...f, ...part }));
  const all = widest.devices ?? devices.value?.map((d) => d.id) ?? [];
  const limited = request && JSON.stringify(subject.asked) !== JSON.stringify(widest);
  const purpose = request ? widest.purposes[0] : subject.purpose;

  const yes = () => action.run(async () => onDone('granted', await api.post('/privacy/consents', { id: subject.id, choice: terms })));
  const no = () => action.run(async () => {
    await api.post('/privacy/refuse', { id: subject.id });
    onDone('refused', subject);
  });
  return (
    <Sheet title={t(request ? 'decide.title' : 'change.title', { name: subject.name })} onClose={() => onDone()}>
      <p class="row"><Badge>{kindOf(subject.recipient)}</Badge> <code>{subject.recipient}</code></p>
      {request && (
        <div class="said">
          <p class="hint">{t('decide.words', { name: subject.name })}</p>
          <p>“{subject.text}”</p>
          {subject.signedBy && <p class="hint">{t('decide.signed')} <code>{subject.signedBy}</code></p>}
        </div>
      )}
      <p><strong>{t('decide.purpose', { purpose: purposeName(purpose) })}</strong></p>
      {purpose.toLowerCase() === 'marketing' && <Alert kind="warn">{t('decide.marketing')}</Alert>}
      <details class="as-table" open>
        <summary>{t(request ? 'decide.asked' : 'change.now')}</summary>
        <Facts terms={request ? subject.asked : widest} />
        {limited && <p class="said">{t('decide.limited')}</p>}
      </details>
      <div class="decide">
        <Picture state={preview} name={subject.name} />
        <form class="form" onSubmit={(e) => e.preventDefault()} noValidate>
          <h3>{t('decide.choose')}</h3>
          <p class="hint">{t('decide.narrower')}</p>
          <Steps label={t('label.fine')} steps={offer.resolution} value={form.resolution} words={(s) => fineWords(s, widest.cohort)} onValue={(resolution) => change({ resolution })} />
          <Steps label={t('label.delay')} steps={offer.delay} value={form.delay} words={delayWords} onValue={(delay) => change({ delay })} />
          <Steps label={t('label.history')} steps={offer.history} value={form.history} words={historyWords} onValue={(history) => change({ history })} />
          <Select label={t('label.until')} value={String(form.lasting)} onValue={(s) => change({ lasting: Number(s) })}
            options={offer.lasting.map((s) => [String(s), s ? date(new Date((now + s) * 1000).toISOString()) : t('until.asked', { date: date(widest.until) })])} />
          {Object.entries(offer.quantum).map(([unit, steps]) => (
            <Select key={unit} label={t('round.label', { unit: unit === 'Cel' ? '°C' : unit })} value={String(form.quantum[unit] ?? 0)}
              onValue={(q) => change({ quantum: { ...form.quantum, [unit]: Number(q) } })}
              options={steps.map((q) => [String(q), q ? t('round.to', { value: milli(q, unit) }) : t('round.none')])} />
          ))}
          {offer.noise.length > 0 && (
            <Select label={t('label.noise')} hint={t('noise.hint')} value={form.noise} onValue={(noise) => change({ noise })}
              options={offer.noise.map((n) => [n, t('noise.' + n)])} />
          )}
          {widest.quantities?.length > 1 && (
            <Some legend={t('label.what')} all={widest.quantities} chosen={form.quantities} name={quantityName} onValue={(quantities) => change({ quantities })} />
          )}
          {!widest.roles && all.length > 1 && (
            <Some legend={t('label.devices')} all={all} chosen={form.devices ?? all} name={(id) => devices.value?.find((d) => d.id === id)?.name ?? id}
              onValue={(chosen) => change({ devices: chosen.length === all.length ? widest.devices ?? null : chosen })} />
          )}
        </form>
        {preview.value && <Consequences value={preview.value} />}
      </div>
      <footer class="stack">
        <FormError problem={action.problem && { ...action.problem, detail: explain(action.problem), field: undefined }} />
        <div class="row">
          <Button kind="primary" icon="check" busy={action.busy} onClick={yes}>{t(request ? 'decide.yes' : 'change.yes')}</Button>
          {request && <Button kind="danger" busy={action.busy} onClick={no}>{t('decide.no')}</Button>}
        </div>
        <p class="hint">{t('decide.any')}</p>
      </footer>
    </Sheet>
  );
}
