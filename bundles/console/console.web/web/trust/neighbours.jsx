// The hubs this one talks to: they see that its journal only grows, and sign that they saw it.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { ago } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { prosumer } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Button, Card, Confirm, FormError, Input, Loading, Saved, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { Off } from './identity.jsx';

const DEFAULT_PORT = '8484';
const ANCHOR = 'org.commonshub.ledger.anchor';

/** Whom this hub asks to sign its journal: a setting of anchoring; nothing while that is off. */
function useWitnesses() {
  const load = useLoad(async () => (await api.get('/settings')).find((c) => c.pid === ANCHOR) ?? null);
  const action = useAction();
  const list = load.value?.values.witnesses ?? [];
  const toggle = (did) => action.run(async () => {
    const { values, revision } = load.value;
    const witnesses = list.includes(did) ? list.filter((d) => d !== did) : [...list, did];
    await api.put('/settings/' + ANCHOR, { values: { ...values, witnesses } }, `"${revision}"`);
    await load.reload(true);
  });
  return { known: !!load.value, list, toggle, busy: action.busy, problem: action.problem ?? load.problem };
}

export function Neighbours() {
  const load = useLoad(() => api.get('/neighbours'));
  const empty = { card: '', name: '', host: '', port: DEFAULT_PORT };
  const [form, set] = useState(empty);
  const [said, say] = useState('');
  const action = useAction();
  const removal = useAction();
  const witnesses = useWitnesses();
  useEffect(() => {
    const timer = setInterval(() => load.reload(true), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (load.problem && !load.value) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  if (!load.value.running) return <Off title={t('section.neighbours')} />;
  const add = async (event) => {
    event.preventDefault();
    say('');
    if (!form.card.includes('did:')) return action.fail({ field: 'card', detail: t('card.wrong') });
    if (!form.name.trim()) return action.fail({ field: 'name', detail: t('name.missing') });
    if (!form.host.trim()) return action.fail({ field: 'host', detail: t('required') });
    const port = Number(form.port);
    if (!Number.isInteger(port) || port < 1 || port > 65535) return action.fail({ field: 'port', detail: t('neighbour.port.wrong') });
    if (await action.run(() => api.post('/neighbours', { card: form.card.trim(), name: form.name.trim(), host: form.host.trim(), port }))) {
      say(t('neighbour.added', { name: form.name.trim() }));
      set(empty);
      load.reload(true);
    }
  };
  const on = (key) => (value) => set({ ...form, [key]: value });
  return (
    <>
      <Saved show={said}>{said}</Saved>
      {removal.problem && <Alert>{explain(removal.problem)}</Alert>}
      {witnesses.problem && <Alert kind="warn">{explain(witnesses.problem)}</Alert>}
      <Card title={t('section.neighbours')} icon="users">
        <p class="hint">{t('neighbour.text')}</p>
        {load.value.neighbours.length === 0 ? <p class="quiet">{t('witness.none')}</p> : (
          <ul class="plain entries">
            {load.value.neighbours.map((n) => (
              <li key={n.did}>
                <span class="grow">
                  <strong>{n.name}</strong><span class="hint block">{n.host}:{n.port} · {n.heard ? t('neighbour.heard', { time: ago((Date.now() - Date.parse(n.heard)) / 1000, locale.value) }) : t('neighbour.never')}</span>
                  {n.problem && <span class="error"><Icon name="alert" size={16} /> {n.problem}</span>}
                </span>
                {witnesses.known && (
                  <button type="button" role="switch" class="switch" aria-checked={witnesses.list.includes(n.did) ? 'true' : 'false'} aria-label={t('witness.switch.of', { name: n.name })}
                    aria-disabled={witnesses.busy ? 'true' : undefined} onClick={witnesses.busy ? undefined : () => witnesses.toggle(n.did)}>
                    <span class="knob" /><span class="switch-text">{t('witness.switch')}</span>
                  </button>
                )}
                {prosumer.value && (
                  <Confirm quiet label={t('remove')} question={t('neighbour.remove.sure', { name: n.name })}
                    onConfirm={async () => { await removal.run(() => api.del('/neighbours/' + encodeURIComponent(n.did))); load.reload(true); }} />
                )}
              </li>
            ))}
          </ul>
        )}
      </Card>
      {prosumer.value && (
        <Card title={t('neighbour.add')} icon="plus">
          <form class="form" onSubmit={add} noValidate>
            <p class="hint">{t('neighbour.add.text')}</p>
            <FormError problem={action.problem} />
            <Input label={t('card')} hint={t('card.hint')} value={form.card} onValue={on('card')} error={action.error('card')} />
            <Input label={t('neighbour.name')} value={form.name} onValue={on('name')} error={action.error('name')} maxLength={64} />
            <div class="pair wide-narrow">
              <Input label={t('neighbour.host')} value={form.host} onValue={on('host')} error={action.error('host')} />
              <Input label={t('neighbour.port')} inputMode="numeric" value={form.port} onValue={on('port')} error={action.error('port')} />
            </div>
            <Button kind="primary" type="submit" busy={action.busy}>{t('neighbour.add')}</Button>
          </form>
        </Card>
      )}
    </>
  );
}
