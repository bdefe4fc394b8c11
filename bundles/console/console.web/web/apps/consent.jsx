// What an app may: devices, hosts and place here, data at the privacy gate.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { language, t } from '../lib/i18n.js';
import { loadGate } from '../lib/store.js';
import { Alert, Badge, Button, Card, Check, Choice, FormError, Input, explain, useAction, useLoad } from '../ui/parts.jsx';
import { DataAsked, deed, purposeName } from './bits.jsx';
import { tenths } from './plain.js';
import { privacy } from './privacydesk.js';

const degrees = (n) => (n === undefined ? '' : String(n / 10));

/** Starts with what is granted; when nothing was said yet, with everything off. */
export function Consent({ app, onChange }) {
  const m = app.manifest;
  const [hosts, allowHosts] = useState(app.grants.hosts);
  const [actuators, allowActuators] = useState(app.grants.actuators);
  const [runs, place] = useState(app.runs);
  const [where, say] = useState({ latitude: degrees(app.grants.place?.latitude), longitude: degrees(app.grants.place?.longitude) });
  const action = useAction();
  const flip = (list, one, on) => (on ? [...list, one] : list.filter((x) => x !== one));
  const submit = (event) => {
    event.preventDefault();
    let home = null;
    if (where.latitude.trim() || where.longitude.trim()) {
      home = { latitude: tenths(where.latitude, 90), longitude: tenths(where.longitude, 180) };
      if (home.latitude === null) return action.fail({ field: 'latitude', detail: t('app.place.wrong', { n: 90 }) });
      if (home.longitude === null) return action.fail({ field: 'longitude', detail: t('app.place.wrong', { n: 180 }) });
    }
    action.run(async () => {
      onChange((await api.put(`/apps/${app.id}/consent?lang=${language.value}`, { hosts, actuators, runs, ...(home && { place: home }) })).value, t('app.consent.done'));
    });
  };
  return (
    <Card title={t('app.consent')} icon="check">
      <form class="form" onSubmit={submit} noValidate>
        {app.step === 'ASKING' && <Alert kind="info">{t('app.consent.asking')}</Alert>}
        <FormError problem={action.problem && { ...action.problem, detail: explain(action.problem), field: ['latitude', 'longitude'].includes(action.problem.field) ? action.problem.field : undefined }} />
        {m.actuators.length > 0 && (
          <fieldset class="some"><legend>{t('app.asks.actuators')}</legend>
            {m.actuators.map((a) => <Check key={a.key} label={deed(a)} hint={a.why} checked={actuators.includes(a.key)} onValue={(on) => allowActuators(flip(actuators, a.key, on))} />)}
          </fieldset>
        )}
        {m.hosts.length > 0 && (
          <fieldset class="some"><legend>{t('app.asks.hosts')}</legend>
            {m.hosts.map((h) => <Check key={h.host} label={h.host} hint={h.why} checked={hosts.includes(h.host)} onValue={(on) => allowHosts(flip(hosts, h.host, on))} />)}
          </fieldset>
        )}
        {m.place !== null && (
          <fieldset class="some"><legend>{t('app.asks.place')}</legend>
            <p class="hint">{t('app.asks.place.text')} “{m.place}”</p>
            <div class="pair">
              <Input label={t('app.latitude')} optional inputMode="decimal" value={where.latitude} onValue={(latitude) => say({ ...where, latitude })} error={action.error('latitude')} maxLength={12} />
              <Input label={t('app.longitude')} optional inputMode="decimal" value={where.longitude} onValue={(longitude) => say({ ...where, longitude })} error={action.error('longitude')} maxLength={12} />
            </div>
          </fieldset>
        )}
        <Choice legend={t('app.runs')} name="runs" value={runs} onValue={place} options={['ZONE', 'INSIDE'].map((one) => [one, t('app.runs.' + one)])} />
        <p class="hint">{t('app.runs.text.' + runs)}</p>
        {runs === 'ZONE' && app.shares.length > 0 && <p class="hint">{t('app.shares', { list: app.shares.join(', ') })}</p>}
        <Button kind="primary" type="submit" icon="check" busy={action.busy}>{t('app.consent.do')}</Button>
      </form>
    </Card>
  );
}

const STATES = { ASKED: 'warn', OPEN: 'ok', PAUSED: 'warn', CLOSED: 'bad' };

/** Each purpose with what stands at the gate; deciding opens the same dialog as the Privacy page. */
export function Data({ app, onChange }) {
  const load = useLoad(() => api.get('/privacy'), app.id + app.step + JSON.stringify(app.data.map((d) => d.state)));
  const [open, decide] = useState(null);
  const action = useAction();
  const recipient = 'app:' + app.id;
  const reload = (said) => {
    load.reload(true);
    loadGate();
    onChange(null, said);
  };
  useEffect(() => {
    loadGate();
  }, [app.step]);
  const withdraw = (consent) => action.run(async () => {
    await api.del('/privacy/consents/' + encodeURIComponent(consent.id));
    reload(t('app.data.withdrawn'));
  });
  const { Decide } = privacy;
  return (
    <Card title={t('app.asks.data')} icon="privacy">
      {load.problem && <Alert>{explain(load.problem)}</Alert>}
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      {app.manifest.data.map((d) => {
        const request = load.value?.requests.find((r) => r.recipient === recipient && r.widest.purposes.includes(word(d.purpose)));
        const consent = load.value?.consents.find((c) => c.recipient === recipient && !c.withdrawn && c.purpose === d.purpose);
        const state = request ? 'ASKED' : consent?.state;
        return (
          <section key={d.purpose} class="ledger" aria-label={purposeName(d.purpose)}>
            <DataAsked request={consent ? { ...d, terms: consent.terms } : d} hosts={app.step === 'ASKING' ? app.manifest.hosts.map((h) => h.host) : app.grants.hosts} />
            <div class="row">
              {state && <Badge kind={STATES[state]}>{t(state === 'ASKED' ? 'app.data.asked' : 'state.' + state)}</Badge>}
              {request && <Button kind="primary" onClick={() => decide(request)}>{t('app.data.decide')}</Button>}
              {consent && <Button onClick={() => decide(consent)}>{t('app.data.less')}</Button>}
              {consent && <Button kind="danger" busy={action.busy} onClick={() => withdraw(consent)}>{t('withdraw')}</Button>}
            </div>
            {consent?.reason && <Alert kind="warn">{consent.reason}</Alert>}
            {!request && !consent && <p class="hint">{t(app.step === 'ASKING' ? 'app.data.first' : 'app.data.none')}</p>}
          </section>
        );
      })}
      <p class="hint"><a href="#/privacy">{t('app.data.more')}</a></p>
      {open && <Decide key={open.id} subject={open} onDone={(what) => { decide(null); if (what) reload(t('app.data.' + what)); }} />}
    </Card>
  );
}

const word = (purpose) => purpose.toLowerCase().replace('_', '-');
