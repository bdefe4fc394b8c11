// Settings: the console's own look, the home, every component, people, features, backup.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { LANGUAGES, has, language, locale, t } from '../lib/i18n.js';
import { route } from '../lib/router.js';
import { fromForm, isMicros, toForm } from '../lib/settings.js';
import { loadSession, prosumer, session, setLanguage, setTheme, theme, zone } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import {
  Alert, Back, Badge, Button, Card, Check, Choice, Confirm, Field, Fingerprint, FormError, Input, Loading, Saved, Select, Trouble, explain, useAction,
  useLoad,
} from '../ui/parts.jsx';
import { Lazy } from '../ui/lazy.jsx';
import { Stale } from './devices.jsx';
import { MIN_PASSWORD } from './welcome.jsx';

const HOME_PID = 'org.commonshub.platform.home';

const SECTIONS = [
  ['look', 'palette'], ['home', 'home'], ['identity', 'seal'], ['users', 'users'], ['homes', 'key'], ['neighbours', 'link'], ['tokens', 'plug'],
  ['features', 'puzzle'], ['backup', 'archive'], ['components', 'settings'], ['audit', 'clock'], ['about', 'info'],
];
const HOUSEHOLD = ['users', 'homes', 'tokens', 'backup', 'audit'];

function Index() {
  return (
    <>
      <h1>{t('nav.settings')}</h1>
      <ul class="plain section-list">
        {SECTIONS.map(([name, icon]) => (
          <li key={name}>
            <a class="tile" href={'#/settings/' + name}>
              <span class="role-icon"><Icon name={icon} size={22} /></span>
              <span class="grow"><strong>{t('section.' + name)}</strong><small>{t('section.' + name + '.text')}</small></span>
              <Icon name="next" size={18} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Look() {
  return (
    <Card>
      <div class="form">
        <Choice legend={t('language')} name="language" value={language.value} onValue={setLanguage} options={Object.entries(LANGUAGES)} />
        <Choice legend={t('theme')} name="theme" value={theme.value} onValue={setTheme}
          options={['auto', 'light', 'dark'].map((x) => [x, t('theme.' + x)])} />
        <p class="hint">{t('look.hint')}</p>
      </div>
    </Card>
  );
}

function OptionField({ option: o, value, onValue, error, isSet, words }) {
  const known = words && has(words + o.key);
  const label = known ? t(words + o.key) : o.name || o.key;
  const hint = known && has(words + o.key + '.hint') ? t(words + o.key + '.hint') : o.description;
  const common = { label, hint, error };
  const choices = Object.entries(o.options ?? {});
  if (o.type === 'BOOLEAN' && !o.list) return <Check label={label} hint={hint} error={error} checked={value} onValue={onValue} />;
  if (o.list) {
    return (
      <Field {...common}>
        {(a11y) => <textarea rows={Math.min(8, Math.max(3, value.split('\n').length + 1))} value={value} onInput={(e) => onValue(e.currentTarget.value)} spellcheck={false} {...a11y} />}
      </Field>
    );
  }
  if (choices.length) return <Select {...common} value={value} onValue={onValue} options={[...(o.required ? [] : [['', '–']]), ...choices]} />;
  if (o.type === 'SECRET') return <Input {...common} type="password" autocomplete="new-password" placeholder={isSet ? t('secret.set') : t('secret.unset')} value={value} onValue={onValue} />;
  return <Input {...common} value={value} onValue={onValue} inputMode={o.type === 'INTEGER' && !isMicros(o) ? 'numeric' : o.type === 'DECIMAL' || isMicros(o) ? 'decimal' : undefined} />;
}

function ComponentForm({ pid, onSaved, words }) {
  const load = useLoad(() => api.getTagged('/settings/' + encodeURIComponent(pid)), pid);
  const [component, setComponent] = useState(null);
  const [form, set] = useState(null);
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const [saved, done] = useState(false);
  const tag = useRef(null);
  const accept = ({ value, tag: next }) => {
    tag.current = next;
    setComponent(value);
    set(toForm(value));
    fail(null);
  };
  useEffect(() => void (load.value && accept(load.value)), [load.value]);
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!form) return <Loading />;
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    done(false);
    const { values, field, fault } = fromForm(component, form);
    if (fault) {
      const o = component.options.find((x) => x.key === field);
      return fail({ field, detail: t('fault.' + fault, { min: o.min, max: o.max }) });
    }
    work(true);
    fail(null);
    try {
      accept(await api.put('/settings/' + encodeURIComponent(pid), { values }, tag.current));
      done(true);
      onSaved?.();
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  const known = component.options.some((o) => o.key === problem?.field);
  return (
    <form class="card form" onSubmit={submit} noValidate>
      {component.description && !words && <p class="hint">{component.description}</p>}
      {component.problem && <Alert title={t('component.problem')}>{component.problem}</Alert>}
      {problem?.status === 412 ? <Stale reload={() => load.reload(true)} /> : <FormError problem={problem && !known ? { ...problem, field: undefined } : problem} />}
      {component.options.map((o) => (
        <OptionField key={o.key} option={o} words={words} value={form[o.key]} isSet={component.values[o.key] === true}
          onValue={(v) => { set({ ...form, [o.key]: v }); done(false); }} error={problem?.field === o.key ? problem.detail : undefined} />
      ))}
      {component.options.length === 0 && <p class="quiet">{t('component.none')}</p>}
      <Saved show={saved} />
      {component.options.length > 0 && <div class="row"><Button kind="primary" type="submit" busy={busy}>{t('save')}</Button></div>}
    </form>
  );
}

function Components() {
  const load = useLoad(() => api.get('/settings'));
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  return (
    <ul class="plain section-list">
      {load.value.filter((c) => c.pid !== c.factoryPid).map((c) => (
        <li key={c.pid}>
          <a class="tile" href={'#/settings/components/' + encodeURIComponent(c.pid)}>
            <span class="grow">
              <strong>{[c.name || c.pid, c.factoryPid && c.values.name].filter(Boolean).join(': ')}</strong>
              <small>{c.factoryPid ? c.pid : c.description || c.pid}</small>
            </span>
            {c.problem && <Badge kind="bad">{t('grade.bad')}</Badge>}
            <Icon name="next" size={18} />
          </a>
        </li>
      ))}
    </ul>
  );
}

function Password({ name, onDone }) {
  const [password, set] = useState('');
  const action = useAction();
  const submit = async (event) => {
    event.preventDefault();
    if (password.length < MIN_PASSWORD) return action.fail({ field: 'password', detail: t('password.short', { n: MIN_PASSWORD }) });
    if (await action.run(() => api.put(`/users/${encodeURIComponent(name)}/password`, { password }))) onDone();
  };
  return (
    <form onSubmit={submit} class="form inset" noValidate>
      <FormError problem={action.problem} />
      <Input label={t('password.new', { name })} type="password" autocomplete="new-password" value={password} onValue={set} error={action.error('password')} />
      <div class="row">
        <Button kind="primary" type="submit" busy={action.busy}>{t('save')}</Button>
        <Button kind="quiet" onClick={() => onDone()}>{t('cancel')}</Button>
      </div>
    </form>
  );
}

const roleOptions = () => ['prosumer', 'operator'].map((r) => [r, t('user.' + r)]);

function Users() {
  const load = useLoad(() => api.get('/users'));
  const empty = { name: '', password: '', role: 'prosumer' };
  const [form, set] = useState(empty);
  const [editing, edit] = useState(null);
  const [said, say] = useState('');
  const action = useAction();
  const removal = useAction();
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  const add = async (event) => {
    event.preventDefault();
    if (!form.name.trim()) return action.fail({ field: 'name', detail: t('name.missing') });
    if (form.password.length < MIN_PASSWORD) return action.fail({ field: 'password', detail: t('password.short', { n: MIN_PASSWORD }) });
    if (await action.run(() => api.post('/users', { ...form, name: form.name.trim() }))) {
      say(t('user.added', { name: form.name.trim() }));
      set(empty);
      load.reload(true);
    }
  };
  return (
    <>
      <Saved show={said}>{said}</Saved>
      {removal.problem && <Alert>{explain(removal.problem)}</Alert>}
      <ul class="plain list-card card">
        {load.value.map((u) => (
          <li key={u.name}>
            <div class="list-row">
              <span class="role-icon"><Icon name="users" size={22} /></span>
              <div class="grow"><strong>{u.name}</strong><p class="hint">{t('user.' + u.role.toLowerCase())} · {t('since', { date: dateTime(u.created, locale.value, zone.value, { dateStyle: 'medium' }) })}</p></div>
              {editing !== u.name && <Button kind="quiet" onClick={() => edit(u.name)}>{t('password.change')}</Button>}
              {u.name !== session.value.user.name && (
                <Confirm quiet label={t('remove')} question={t('user.remove.sure', { name: u.name })}
                  onConfirm={async () => { await removal.run(() => api.del('/users/' + encodeURIComponent(u.name))); load.reload(true); }} />
              )}
            </div>
            {editing === u.name && <Password name={u.name} onDone={() => edit(null)} />}
          </li>
        ))}
      </ul>
      <Card title={t('user.add')}>
        <form onSubmit={add} class="form" noValidate>
          <FormError problem={action.problem} />
          <Input label={t('login.name')} value={form.name} onValue={(name) => set({ ...form, name })} error={action.error('name')} maxLength={64} />
          <Input label={t('login.password')} type="password" autocomplete="new-password" hint={t('password.hint', { n: MIN_PASSWORD })} value={form.password}
            onValue={(password) => set({ ...form, password })} error={action.error('password')} />
          <Choice legend={t('user.role')} name="role" value={form.role} onValue={(role) => set({ ...form, role })} options={roleOptions()} />
          <p class="hint">{t('user.' + form.role + '.text')}</p>
          <Button kind="primary" type="submit" busy={action.busy}>{t('user.add')}</Button>
        </form>
      </Card>
    </>
  );
}

const SCOPES = ['READ_HEALTH', 'READ_DATA', 'WRITE_SETTINGS'];

function Tokens() {
  const load = useLoad(() => api.get('/tokens'));
  const empty = { label: '', scopes: ['READ_HEALTH'], days: '365' };
  const [form, set] = useState(empty);
  const [secret, show] = useState('');
  const action = useAction();
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  const add = async (event) => {
    event.preventDefault();
    if (!form.label.trim()) return action.fail({ field: 'label', detail: t('token.label.missing') });
    if (!form.scopes.length) return action.fail({ field: 'scopes', detail: t('token.scopes.missing') });
    let made;
    if (await action.run(async () => (made = await api.post('/tokens', { label: form.label.trim(), scopes: form.scopes, expires: new Date(Date.now() + Number(form.days) * 86_400_000).toISOString() })))) {
      show(made.secret);
      set(empty);
      load.reload(true);
    }
  };
  const toggle = (scope) => (on) => set({ ...form, scopes: on ? [...form.scopes, scope] : form.scopes.filter((s) => s !== scope) });
  return (
    <>
      <div role="status" aria-live="polite">
        {secret && (
          <Alert kind="ok" title={t('token.made')}>
            <code class="fingerprint">{secret}</code>
            {t('token.once')}
          </Alert>
        )}
      </div>
      {load.value.length === 0 ? <p class="quiet">{t('token.none')}</p> : (
        <ul class="plain list-card card">
          {load.value.map((k) => (
            <li key={k.id}>
              <div class="list-row">
                <span class="role-icon"><Icon name="key" size={22} /></span>
                <div class="grow">
                  <strong>{k.label}</strong>
                  <p class="hint">{k.scopes.map((s) => t('scope.' + s)).join(', ')} · {k.owner} · {t('until', { date: dateTime(k.expires, locale.value, zone.value, { dateStyle: 'medium' }) })}</p>
                </div>
                <Confirm quiet label={t('token.revoke')} question={t('token.revoke.sure', { name: k.label })}
                  onConfirm={async () => { await action.run(() => api.del('/tokens/' + encodeURIComponent(k.id))); load.reload(true); }} />
              </div>
            </li>
          ))}
        </ul>
      )}
      <Card title={t('token.add')}>
        <form onSubmit={add} class="form" noValidate>
          <p class="hint">{t('token.text')}</p>
          <FormError problem={action.problem} />
          <Input label={t('token.label')} hint={t('token.label.hint')} value={form.label} onValue={(label) => set({ ...form, label })} error={action.error('label')} maxLength={64} />
          <fieldset>
            <legend>{t('token.scopes')}</legend>
            {SCOPES.map((s) => <Check key={s} label={t('scope.' + s)} hint={t('scope.' + s + '.text')} checked={form.scopes.includes(s)} onValue={toggle(s)} />)}
            {action.error('scopes') && <p class="error" role="alert"><Icon name="alert" size={16} /> {action.error('scopes')}</p>}
          </fieldset>
          <Select label={t('token.days')} value={form.days} onValue={(days) => set({ ...form, days })}
            options={['30', '90', '365'].map((n) => [n, t('days', { n: Number(n) })])} />
          <Button kind="primary" type="submit" busy={action.busy}>{t('token.add')}</Button>
        </form>
      </Card>
    </>
  );
}

function Features() {
  const load = useLoad(() => api.get('/features'));
  const action = useAction();
  const [busy, work] = useState('');
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  const toggle = (f) => async () => {
    work(f.name);
    await action.run(() => api.put('/features/' + encodeURIComponent(f.name), { enabled: !f.enabled }));
    work('');
    load.reload(true);
  };
  return (
    <>
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      <ul class="plain list-card card">
        {load.value.map((f) => (
          <li key={f.name}>
            <div class="list-row">
              <div class="grow">
                <strong>{f.title}</strong>
                <p class="hint">{f.description}{f.requires.length > 0 && ' ' + t('feature.needs', { names: f.requires.join(', ') })}</p>
                {f.problem && <p class="error"><Icon name="alert" size={16} /><span>{f.problem}</span></p>}
              </div>
              {f.essential ? <Badge>{t('feature.essential')}</Badge> : (
                <button type="button" role="switch" class="switch" aria-checked={f.enabled ? 'true' : 'false'} aria-label={f.title}
                  aria-disabled={busy ? 'true' : undefined} onClick={busy ? undefined : toggle(f)}>
                  <span class="knob" />
                  <span class="switch-text">{busy === f.name ? '…' : t(f.enabled ? 'on' : 'off')}</span>
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function Backup() {
  const [passphrase, setPassphrase] = useState('');
  const [file, setFile] = useState(null);
  const [opening, setOpening] = useState('');
  const [said, say] = useState('');
  const make = useAction();
  const restore = useAction();
  const save = async (event) => {
    event.preventDefault();
    say('');
    if (passphrase.length < MIN_PASSWORD) return make.fail({ field: 'passphrase', detail: t('password.short', { n: MIN_PASSWORD }) });
    await make.run(async () => {
      const { blob, name } = await api.download('/backup', { passphrase });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = name ?? `commons-hub-${new Date().toISOString().slice(0, 10)}.zip`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      setPassphrase('');
      say(t('backup.done'));
    });
  };
  const load = () => {
    if (!file) return restore.fail({ field: 'file', detail: t('restore.file.missing') });
    if (!opening) return restore.fail({ field: 'opening', detail: t('required') });
    return restore.run(async () => {
      const answer = await api.upload('/restore', file, { 'Content-Type': 'application/zip', 'X-Passphrase': encodeURIComponent(opening) });
      say(answer?.message || t('restore.done'));
      setOpening('');
    });
  };
  return (
    <>
      <Saved show={said}>{said}</Saved>
      <Card title={t('backup.title')} icon="download">
        <form onSubmit={save} class="form" noValidate>
          <p class="hint">{t('backup.text')}</p>
          <FormError problem={make.problem} />
          <Input label={t('backup.passphrase')} hint={t('backup.passphrase.hint')} type="password" autocomplete="new-password" value={passphrase} onValue={setPassphrase} error={make.error('passphrase')} />
          <Button kind="primary" type="submit" busy={make.busy} icon="download">{t('backup.make')}</Button>
        </form>
      </Card>
      <Card title={t('restore.title')} icon="archive">
        <form class="form" onSubmit={(e) => e.preventDefault()} noValidate>
          <p class="hint">{t('restore.text')}</p>
          <FormError problem={restore.problem} />
          <Field label={t('restore.file')} error={restore.error('file')}>
            {(a11y) => <input type="file" accept=".zip,application/zip" onChange={(e) => setFile(e.currentTarget.files[0] ?? null)} {...a11y} />}
          </Field>
          <Input label={t('restore.passphrase')} type="password" autocomplete="off" value={opening} onValue={setOpening} error={restore.error('opening')} />
          <Confirm icon="archive" label={t('restore.start')} question={t('restore.sure')} onConfirm={load} />
        </form>
      </Card>
    </>
  );
}

function Audit() {
  const load = useLoad(() => api.get('/audit?limit=200'));
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  return (
    <Card>
      <div class="table-box" tabIndex={0} role="region" aria-label={t('section.audit')}>
        <table>
          <caption class="sr">{t('section.audit')}</caption>
          <thead><tr>{['at', 'actor', 'action', 'subject', 'outcome'].map((c) => <th key={c} scope="col">{t('audit.' + c)}</th>)}</tr></thead>
          <tbody>
            {load.value.map((e, i) => (
              <tr key={i}>
                <th scope="row">{dateTime(e.at, locale.value, zone.value, { dateStyle: 'short', timeStyle: 'medium' })}</th>
                <td>{e.actor}</td><td>{e.action}</td><td>{e.subject}</td>
                <td>{e.outcome === 'ok' ? <Badge kind="ok">{t('grade.ok')}</Badge> : e.outcome}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {load.value.length === 0 && <p class="quiet">{t('audit.none')}</p>}
    </Card>
  );
}

function About() {
  const s = session.value;
  return (
    <>
      <Card>
        <div class="brand big"><img src="icon.svg" alt="" width="44" height="44" /><span>Commons Hub {s.version}</span></div>
        <p>{t('about.text')}</p>
        <p class="hint">{t('about.licence')}</p>
      </Card>
      <Card title={t('certificate.title')} icon="lock">
        {s.fingerprint ? <><p>{t('certificate.why')}</p><Fingerprint value={s.fingerprint} /></> : <p>{t('certificate.loopback')}</p>}
      </Card>
      <Card title={t('system.title')}>
        <dl class="facts">
          <div><dt>{t('about.signed')}</dt><dd>{s.user.name} ({t('user.' + s.user.role.toLowerCase())})</dd></div>
          <div><dt>{t('about.zone')}</dt><dd>{s.home?.zone}</dd></div>
        </dl>
        <a class="more" href="#/health">{t('health.title')}</a>
      </Card>
    </>
  );
}

/** The hub registers the home anew after a change; the first answers may come from in between. */
async function homeChanged() {
  for (let tries = 0; tries < 5; tries++) {
    await loadSession().catch(() => {});
    if (session.value?.home?.name) return;
    await new Promise((done) => setTimeout(done, 400));
  }
}

const PAGES = {
  look: Look,
  home: () => <ComponentForm pid={HOME_PID} words={'home.'} onSaved={homeChanged} />,
  identity: () => <Lazy name="Identity" />,
  homes: () => <Lazy name="Homes" />,
  neighbours: () => <Lazy name="Neighbours" />,
  users: Users, tokens: Tokens, features: Features, backup: Backup, components: Components, audit: Audit, about: About,
};

export function Settings() {
  const [, section, pid] = route.value.parts;
  if (!(section in PAGES)) return <Index />;
  if (section === 'components' && pid) {
    return (
      <>
        <Back to="settings/components">{t('section.components')}</Back>
        <h1>{pid.replace(/^org\.commonshub\./, '')}</h1>
        <ComponentForm key={pid} pid={pid} />
      </>
    );
  }
  const Page = PAGES[section];
  return (
    <>
      <Back />
      <h1>{t('section.' + section)}</h1>
      {HOUSEHOLD.includes(section) && !prosumer.value
        ? <Alert kind="info" title={t('operator.title')}>{t('operator.section')}</Alert>
        : <Page key={section} />}
    </>
  );
}
