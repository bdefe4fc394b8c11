// One person, several homes: who of other hubs may come in here, and opening one's other hubs from here.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { replace, route } from '../lib/router.js';
import { session, setSession, zone } from '../lib/store.js';
import { Alert, Area, Badge, Button, Card, Choice, Confirm, FormError, Input, Loading, Saved, Select, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { Copy, Off } from './identity.jsx';

const day = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'medium' });
const scid = (did) => did.split(':')[2] ?? did;
const groups = (did) => scid(did).slice(0, 12).match(/.{1,4}/g).join(' ') + ' …';

const STORE = 'homes';
/** Other homes, remembered in this browser only: they hold no secret. */
function remembered() {
  try {
    const list = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(list) ? list.filter((h) => /^https?:\/\//.test(h?.url) && typeof h.hub === 'string' && typeof h.name === 'string').slice(0, 32) : [];
  } catch {
    return [];
  }
}
function remember(list) {
  try {
    localStorage.setItem(STORE, JSON.stringify(list));
  } catch {
    // private mode: for as long as the page is open
  }
}

function Mine() {
  const [list, set] = useState(remembered);
  const empty = { name: '', url: '', hub: '' };
  const [form, setForm] = useState(empty);
  const action = useAction();
  const keep = (next) => {
    set(next);
    remember(next);
  };
  const open = (home) => action.run(async () => {
    const { assertion } = await api.post('/delegations/assertion', { hub: home.hub });
    location.assign(home.url.replace(/\/*$/, '/') + '#/enter/' + assertion);
  });
  const add = (event) => {
    event.preventDefault();
    if (!form.name.trim()) return action.fail({ field: 'name', detail: t('name.missing') });
    if (!/^https:\/\/[^\s/]+/.test(form.url.trim())) return action.fail({ field: 'url', detail: t('homes.url.wrong') });
    if (!form.hub.includes('did:')) return action.fail({ field: 'hub', detail: t('card.wrong') });
    keep([...list, { name: form.name.trim(), url: form.url.trim().replace(/#.*$/, ''), hub: form.hub.trim() }]);
    setForm(empty);
    action.fail(null);
  };
  return (
    <Card title={t('homes.mine')} icon="home">
      <p class="hint">{t('homes.mine.text')}</p>
      {action.problem && !action.problem.field && <Alert>{explain(action.problem)}</Alert>}
      {list.length > 0 && (
        <ul class="plain entries">
          {list.map((h, i) => (
            <li key={i}>
              <span class="grow"><strong>{h.name}</strong><span class="hint block">{h.url}</span></span>
              <Button busy={action.busy} onClick={() => open(h)}>{t('homes.open')}</Button>
              <Button kind="quiet danger" icon="trash" aria-label={t('homes.forget', { name: h.name })} onClick={() => keep(list.filter((x) => x !== h))} />
            </li>
          ))}
        </ul>
      )}
      <details class="as-table">
        <summary>{t('homes.add')}</summary>
        <form class="form inset" onSubmit={add} noValidate>
          <Input label={t('homes.name')} value={form.name} onValue={(name) => setForm({ ...form, name })} error={action.error('name')} maxLength={64} />
          <Input label={t('homes.url')} hint={t('homes.url.hint')} value={form.url} onValue={(url) => setForm({ ...form, url })} error={action.error('url')} inputMode="url" />
          <Input label={t('card')} hint={t('card.hint')} value={form.hub} onValue={(hub) => setForm({ ...form, hub })} error={action.error('hub')} />
          <Button kind="primary" type="submit">{t('homes.add')}</Button>
        </form>
      </details>
    </Card>
  );
}

function Issue() {
  const [form, set] = useState({ hub: '', right: 'OWN', days: '365' });
  const [text, show] = useState('');
  const action = useAction();
  const submit = async (event) => {
    event.preventDefault();
    show('');
    if (!form.hub.trim()) return action.fail({ field: 'hub', detail: t('card.wrong') });
    await action.run(async () => show((await api.post('/delegations/issue', { hub: form.hub.trim(), right: form.right, days: Number(form.days) })).delegation));
  };
  return (
    <Card title={t('issue.title')} icon="key">
      <p class="hint">{t('issue.text')}</p>
      <form class="form" onSubmit={submit} noValidate>
        <FormError problem={action.problem} />
        <Input label={t('issue.card')} hint={t('card.hint')} value={form.hub} onValue={(hub) => set({ ...form, hub })} error={action.error('hub')} />
        <Choice legend={t('right')} name="right" value={form.right} onValue={(right) => set({ ...form, right })} options={['OWN', 'READ'].map((r) => [r, t('right.' + r)])} />
        <Select label={t('issue.days')} value={form.days} onValue={(days) => set({ ...form, days })} options={['30', '365', '3650'].map((n) => [n, t('days', { n: Number(n) })])} />
        <Button kind="primary" type="submit" busy={action.busy}>{t('issue.make')}</Button>
      </form>
      <div role="status" aria-live="polite">
        {text && (
          <Alert kind="ok" title={t('issue.done')}>
            <p>{t('issue.next')}</p>
            <textarea class="token" readOnly rows={4} value={text} aria-label={t('issue.title')} />
            <Copy text={text} label={t('issue.copy')} />
          </Alert>
        )}
      </div>
    </Card>
  );
}

function Accept({ done }) {
  const [text, set] = useState('');
  const [shown, show] = useState(null);
  const action = useAction();
  const read = async (event) => {
    event.preventDefault();
    show(null);
    if (!text.trim()) return action.fail({ field: 'delegation', detail: t('required') });
    await action.run(async () => show(await api.post('/delegations/read', { delegation: text.trim() })));
  };
  const accept = async () => {
    if (await action.run(() => api.post('/delegations', { delegation: text.trim() }))) {
      set('');
      show(null);
      done();
    }
  };
  return (
    <Card title={t('accept.title')} icon="check">
      <p class="hint">{t('accept.text')}</p>
      <form class="form" onSubmit={read} noValidate>
        <FormError problem={action.problem} />
        <Area label={t('accept.paste')} rows={4} value={text} onValue={(v) => { set(v); show(null); }} error={action.error('delegation')} />
        {!shown && <Button kind="primary" type="submit" busy={action.busy}>{t('accept.read')}</Button>}
      </form>
      <div role="status" aria-live="polite">
        {shown && (
          <div class="asked">
            <p><strong>{t('accept.says', { account: shown.account, home: groups(shown.home), right: t('right.' + shown.right), date: day(shown.until) })}</strong></p>
            <p class="hint">{t('accept.compare')}</p>
            <code class="fingerprint">{scid(shown.home).match(/.{1,4}/g).map((p, i) => <span key={i}>{p}</span>)}</code>
            <div class="row spaced">
              <Button kind="primary" busy={action.busy} onClick={accept}>{t('accept.yes')}</Button>
              <Button kind="quiet" onClick={() => { show(null); set(''); }}>{t('cancel')}</Button>
            </div>
          </div>
        )}
      </div>
    </Card>
  );
}

export function Homes() {
  const load = useLoad(() => api.get('/delegations'));
  const action = useAction();
  const [said, say] = useState('');
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  if (!load.value.running) return <Off title={t('section.homes')} />;
  return (
    <>
      <Saved show={said}>{said}</Saved>
      <Card title={t('guests.title')} icon="users">
        <p class="hint">{t('guests.text')}</p>
        {action.problem && <Alert>{explain(action.problem)}</Alert>}
        {load.value.accepted.length === 0 ? <p class="quiet">{t('guests.none')}</p> : (
          <ul class="plain entries">
            {load.value.accepted.map((d) => (
              <li key={d.id}>
                <span class="grow"><strong>{d.account}</strong> <Badge>{t('right.' + d.right)}</Badge><span class="hint block">{t('guests.from', { home: groups(d.home) })} · {t('until', { date: day(d.until) })}</span></span>
                <Confirm quiet label={t('guests.end')} question={t('guests.end.sure', { name: d.account })}
                  onConfirm={async () => { await action.run(() => api.del('/delegations/' + encodeURIComponent(d.id))); load.reload(true); }} />
              </li>
            ))}
          </ul>
        )}
      </Card>
      {session.value.user.delegated ? <Alert kind="info">{t('homes.delegated')}</Alert> : (
        <>
          <Accept done={() => { say(t('accept.done')); load.reload(true); }} />
          <Mine />
          <Issue />
        </>
      )}
    </>
  );
}

/** Where a person of another hub arrives. A press of a button, so that no other page's link logs anybody in. */
export function Enter() {
  const assertion = route.value.parts[1] ?? '';
  const action = useAction();
  const enter = () => action.run(async () => {
    setSession(await api.post('/enter', { assertion }));
    replace('now');
  });
  return (
    <div class="welcome">
      <main id="main" class="welcome-card" tabIndex={-1}>
        <div class="brand big"><img src="icon.svg" alt="" width="44" height="44" /><span>Commons Hub</span></div>
        <h1>{t('enter.title')}</h1>
        <p class="lead">{t('enter.text')}</p>
        {action.problem && <Alert>{explain(action.problem)}</Alert>}
        <Button kind="primary wide" busy={action.busy} onClick={enter}>{t('enter.go')}</Button>
        <p class="hint"><a href="#/now">{t('login.submit')}</a></p>
      </main>
    </div>
  );
}
