// Before anybody is signed in: claim the hub, or sign in.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { LANGUAGES, language, t } from '../lib/i18n.js';
import { loadSession, session, setLanguage, setSession } from '../lib/store.js';
import { Button, Fingerprint, FormError, Input } from '../ui/parts.jsx';
import { Icon } from '../ui/icons.jsx';

export const MIN_PASSWORD = 10;

const Tongue = () => (
  <nav class="tongue" aria-label={t('language')}>
    {Object.entries(LANGUAGES).map(([tag, name]) => (
      <button type="button" key={tag} lang={tag} aria-pressed={language.value === tag ? 'true' : 'false'}
        onClick={() => setLanguage(tag)}>{name}</button>
    ))}
  </nav>
);

const Certificate = () => {
  const { https, fingerprint } = session.value;
  if (https && fingerprint) {
    return (
      <details class="certificate" open={!session.value.claimed}>
        <summary><Icon name="lock" size={18} /> {t('certificate.title')}</summary>
        <Fingerprint value={fingerprint} />
        <p>{t('certificate.why')}</p>
      </details>
    );
  }
  return (
    <p class="certificate hint"><Icon name="info" size={18} /> {t('certificate.loopback')}</p>
  );
};

const Frame = ({ title, lead, children }) => (
  <div class="welcome">
    <main id="main" class="welcome-card" tabIndex={-1}>
      <div class="brand big"><img src="icon.svg" alt="" width="44" height="44" /><span>Commons Hub</span></div>
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      {children}
      <Certificate />
    </main>
    <Tongue />
  </div>
);

export function Claim() {
  const [form, set] = useState({ code: '', name: '', password: '', again: '' });
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const on = (key) => (value) => set({ ...form, [key]: value });
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const wrong = (field, detail) => fail({ field, detail });
    if (!form.code.trim()) return wrong('code', t('claim.code.missing'));
    if (!form.name.trim()) return wrong('name', t('name.missing'));
    if (form.password.length < MIN_PASSWORD) return wrong('password', t('password.short', { n: MIN_PASSWORD }));
    if (form.password !== form.again) return wrong('again', t('password.differs'));
    work(true);
    fail(null);
    try {
      await loadSession(); // the hub may have started again since this page was opened
      setSession(await api.post('/claim', { code: form.code.trim(), name: form.name.trim(), password: form.password }));
    } catch (p) {
      if (p.status === 403) wrong('code', t('claim.code.wrong'));
      else if (p.status === 410) setSession({ ...session.value, claimed: true });
      else fail(p);
    } finally {
      work(false);
    }
  };
  const error = (field) => (problem?.field === field ? problem.detail : undefined);
  return (
    <Frame title={t('claim.title')} lead={t('claim.lead')}>
      <form onSubmit={submit} noValidate>
        <FormError problem={problem} />
        <Input label={t('claim.code')} hint={t('claim.code.hint')} error={error('code')} value={form.code}
          onValue={on('code')} class="code" autocapitalize="characters" required />
        <Input label={t('claim.name')} error={error('name')} value={form.name} onValue={on('name')}
          autocomplete="username" maxLength={64} required />
        <Input label={t('password.choose')} hint={t('password.hint', { n: MIN_PASSWORD })} error={error('password')} type="password"
          value={form.password} onValue={on('password')} autocomplete="new-password" required />
        <Input label={t('password.again')} error={error('again')} type="password" value={form.again}
          onValue={on('again')} autocomplete="new-password" required />
        <Button kind="primary wide" type="submit" busy={busy}>{t('claim.submit')}</Button>
      </form>
    </Frame>
  );
}

export function Login() {
  const [form, set] = useState({ name: '', password: '' });
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    if (!form.name.trim()) return fail({ field: 'name', detail: t('name.missing') });
    work(true);
    fail(null);
    try {
      await loadSession(); // the hub may have started again since this page was opened
      setSession(await api.post('/login', { name: form.name.trim(), password: form.password }));
    } catch (p) {
      fail(p.status === 401 ? { status: 401, detail: t('login.refused') } : p);
    } finally {
      work(false);
    }
  };
  return (
    <Frame title={t('login.title')} lead={session.value.home?.name ? t('login.lead', { home: session.value.home.name }) : t('login.lead.plain')}>
      <form onSubmit={submit} noValidate>
        <FormError problem={problem} />
        <Input label={t('login.name')} value={form.name} onValue={(name) => set({ ...form, name })}
          error={problem?.field === 'name' ? problem.detail : undefined} autocomplete="username" required />
        <Input label={t('login.password')} type="password" value={form.password}
          onValue={(password) => set({ ...form, password })} autocomplete="current-password" required />
        <Button kind="primary wide" type="submit" busy={busy}>{t('login.submit')}</Button>
      </form>
      <p class="hint">{t('login.forgot')}</p>
    </Frame>
  );
}
