// What a device can be told: who holds it, and a person's own word with an end and a reason.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { DURATIONS, slides, startOf, stepOf, valueOf, whose } from '../lib/control.js';
import { duration, quantity } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { Icon } from './icons.jsx';
import { Alert, Button, Card, Choice, explain, Field, Input, Select, useLoad } from './parts.jsx';

/** A value as people read it: the label of a choice, or a number with its unit. */
const words = (a, value) =>
  a.choices.find((c) => c.value === value)?.label ?? quantity(value, a.unit, locale.value);

function Holder({ actuator: a }) {
  const h = a.holding;
  if (!h) return <p class="holder"><Icon name="info" size={18} /><span>{t('control.free', { rest: a.rest })}</span></p>;
  const [who, name] = whose(h);
  return (
    <div class={'holder held' + (h.mine ? ' mine' : '')}>
      <Icon name={h.mine ? 'check' : 'lock'} size={18} />
      <div>
        <p><strong>{t('control.held.' + who, { name, value: words(a, h.value), time: duration(h.remaining_s, locale.value) })}</strong></p>
        <p class="hint">{t('control.reason.is', { reason: h.reason })}{a.waiting > 0 && <> {t('control.queue', { n: a.waiting })}</>}</p>
      </div>
    </div>
  );
}

function ValueField({ actuator: a, value, onValue, error }) {
  if (a.choices.length) {
    return (
      <div>
        <Choice legend={t('control.value')} name={'value-' + a.id} value={value} onValue={onValue}
          options={a.choices.map((c) => [String(c.value), c.label])} />
        {error && <p class="error" role="alert"><Icon name="alert" size={16} /> {error}</p>}
      </div>
    );
  }
  const step = stepOf(a);
  const hint = t(a.step > 0 ? 'control.range.step' : 'control.range', {
    min: quantity(a.min, a.unit, locale.value), max: quantity(a.max, a.unit, locale.value), step: quantity(a.step, a.unit, locale.value),
  });
  const number = Number(String(value).replace(',', '.'));
  return (
    <Field label={a.unit ? t('control.value.unit', { unit: a.unit }) : t('control.value')} hint={hint} error={error}>
      {(a11y) => (
        <div class="value-row">
          {slides(a) && (
            <input type="range" min={a.min} max={a.max} step={step} value={Number.isFinite(number) ? number : a.min}
              aria-label={a.title} aria-valuetext={quantity(number, a.unit, locale.value)} onInput={(e) => onValue(e.currentTarget.value)} />
          )}
          <input type="text" inputMode="decimal" autocomplete="off" value={value} onInput={(e) => onValue(e.currentTarget.value)} {...a11y} />
        </div>
      )}
    </Field>
  );
}

function Setter({ actuator: a, done }) {
  const [value, setValue] = useState(() => startOf(a));
  const [seconds, setSeconds] = useState('3600');
  const [reason, setReason] = useState('');
  const [said, say] = useState(null);
  const [problem, fail] = useState(null);
  const [busy, work] = useState('');
  const where = `/control/${encodeURIComponent(a.device)}/${encodeURIComponent(a.id)}`;
  const ask = async (what, call) => {
    if (busy) return;
    work(what);
    fail(null);
    say(null);
    try {
      say(await call());
    } catch (p) {
      fail(p);
    } finally {
      work('');
      done();
    }
  };
  const set = (event) => {
    event.preventDefault();
    const { value: wanted, fault } = valueOf(a, value);
    if (fault) return fail({ field: 'value', detail: t('control.value.' + fault) });
    ask('set', () => api.post(where, { value: wanted, seconds: Number(seconds), ...(reason.trim() && { reason: reason.trim() }) }, { timeout: 60_000 }));
  };
  return (
    <form class="form inset" onSubmit={set} noValidate>
      <ValueField actuator={a} value={value} onValue={setValue} error={problem?.field === 'value' ? problem.detail : undefined} />
      <div class="pair">
        <Select label={t('control.for')} value={seconds} onValue={setSeconds} options={DURATIONS.map((s) => [String(s), duration(s, locale.value)])} />
        <Input label={t('control.reason')} optional value={reason} onValue={setReason} maxLength={200} />
      </div>
      <p class="hint">{t('control.after', { rest: a.rest })}</p>
      <div role="status" aria-live="polite">
        {said && <Alert kind={{ APPLIED: 'ok', WAITING: 'info' }[said.state] ?? 'warn'} title={t('control.' + said.state.toLowerCase())}>{said.message}</Alert>}
      </div>
      {problem && problem.field !== 'value' && <Alert>{explain(problem)}</Alert>}
      <div class="row">
        <Button kind="primary" type="submit" busy={busy === 'set'}>{t(a.holding?.mine ? 'control.renew' : 'control.set')}</Button>
        {a.holding?.mine && <Button busy={busy === 'back'} onClick={() => ask('back', () => api.del(where, { timeout: 60_000 }))}>{t('control.back')}</Button>}
      </div>
    </form>
  );
}

/** The actuators of one device; nothing at all for a device that has none. */
export function Control({ device }) {
  const load = useLoad(() => api.get('/control'), device.id);
  useEffect(() => {
    const timer = setInterval(() => load.reload(true), 5_000);
    return () => clearInterval(timer);
  }, [device.id]);
  const mine = (load.value?.actuators ?? []).filter((a) => a.device === device.id);
  if (load.value && !load.value.running && !device.readOnly) {
    return (
      <Card title={t('control.title')}>
        <p class="quiet">{t('control.off')} <a href="#/settings/features">{t('section.features')}</a></p>
      </Card>
    );
  }
  if (!mine.length) return null;
  return (
    <Card title={t('control.title')} class="control">
      {mine[0].readOnly && (
        <Alert kind="info" title={t('control.readonly.title')} action={<a class="button" href={`#/devices/${encodeURIComponent(device.id)}/edit`}><span>{t('edit')}</span></a>}>
          {t('control.readonly.text')}
        </Alert>
      )}
      {mine.map((a) => (
        <section key={a.id} class="actuator" aria-labelledby={'actuator-' + a.id}>
          <h3 id={'actuator-' + a.id}>{a.title}</h3>
          <p class="hint">{a.description}</p>
          <Holder actuator={a} />
          {a.problem && <p class="error"><Icon name="alert" size={16} /><span>{a.problem}</span></p>}
          {!a.readOnly && <Setter actuator={a} done={() => load.reload(true)} />}
        </section>
      ))}
    </Card>
  );
}
