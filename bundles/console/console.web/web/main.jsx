import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { has, locale, t } from './lib/i18n.js';
import { health, link, lostSince, reconnect } from './lib/live.js';
import { route } from './lib/router.js';
import { devices, gate, loadGate, loadSession, logOut, prosumer, session, startLanguage, tick } from './lib/store.js';
import { duration } from './lib/format.js';
import { Lazy } from './ui/lazy.jsx';
import { Alert, Button, Loading } from './ui/parts.jsx';
import { Icon } from './ui/icons.jsx';
import { Claim, Login } from './pages/welcome.jsx';
import { Now } from './pages/now.jsx';
import { Energy } from './pages/energy.jsx';
import { Devices } from './pages/devices.jsx';
import { Settings } from './pages/settings.jsx';
import { Health, summary } from './pages/health.jsx';

const Trust = () => <Lazy name="Trust" />;
const Privacy = () => <Lazy name="Privacy" from={() => import('./privacy/privacy.jsx')} />;
const Apps = () => <Lazy name="Apps" from={() => import('./apps/apps.jsx')} />;
const PAGES = { now: Now, energy: Energy, devices: Devices, apps: Apps, privacy: Privacy, trust: Trust, settings: Settings, health: Health };
const TABS = ['now', 'energy', 'devices', 'apps', 'privacy', 'trust'];
/** Nothing there for operators. */
const OWN = ['apps', 'privacy'];
const GATE_MS = 15_000;

/** Says that the hub is out of reach, for how long, and that it keeps trying. */
function Banner() {
  if (link.value !== 'lost') return <div role="status" aria-live="polite" />;
  return (
    <div role="status" aria-live="polite">
      <div class="banner lost">
        <Icon name="alert" size={20} />
        <p>
          <strong>{t('lost.title')}</strong> {t('lost.text')}
          <span aria-hidden="true"> {duration((tick.value - lostSince.value) / 1000, locale.value)}</span>
        </p>
        <Button kind="quiet" onClick={reconnect}>{t('retry')}</Button>
      </div>
    </div>
  );
}

function Pill() {
  const state = link.value === 'lost' ? 'bad' : summary(health.value);
  const text = link.value === 'lost' ? t('pill.lost') : t('pill.' + state);
  return (
    <a href="#/health" class={'pill ' + state} aria-current={route.value.parts[0] === 'health' ? 'page' : undefined}>
      <span class="pill-dot" aria-hidden="true" />
      <span>{text}</span>
    </a>
  );
}

/** How many wait for an answer on the Privacy page. */
const Waiting = () => (gate.value?.waiting > 0 ? <b class="count"><span aria-hidden="true">{gate.value.waiting}</span><span class="sr">{t('gate.waiting', { n: gate.value.waiting })}</span></b> : null);

function Shell({ page, children }) {
  useEffect(() => {
    if (!prosumer.value) return;
    loadGate();
    const timer = setInterval(() => document.hidden || loadGate(), GATE_MS);
    return () => clearInterval(timer);
  }, [prosumer.value]);
  return (
    <>
      <header class="top">
        <div class="top-in">
          <a class="brand" href="#/now"><img src="icon.svg" alt="" width="32" height="32" /><span>{session.value.home?.name || 'Commons Hub'}</span></a>
          <nav class="tabs" aria-label={t('nav.label')}>
            {TABS.filter((tab) => prosumer.value || !OWN.includes(tab)).map((tab) => (
              <a key={tab} href={'#/' + tab} aria-current={page === tab ? 'page' : undefined}>
                <Icon name={tab} /><span>{t('nav.' + tab)}</span>{tab === 'privacy' && <Waiting />}
              </a>
            ))}
          </nav>
          <div class="top-end">
            {gate.value?.paused && prosumer.value && <a href="#/privacy" class="pill warn paused" aria-label={t('gate.paused')}><Icon name="pause" size={18} /><span>{t('gate.paused')}</span></a>}
            <Pill />
            <a class="icon-button" href="#/settings" aria-label={t('nav.settings')} title={t('nav.settings')} aria-current={page === 'settings' ? 'page' : undefined}>
              <Icon name="settings" size={22} />
            </a>
            <button type="button" class="icon-button" onClick={logOut} aria-label={t('logout.label', { name: session.value.user.name })} title={t('logout')}>
              <Icon name="out" size={22} />
            </button>
          </div>
        </div>
      </header>
      <Banner />
      {session.value.user.delegated && (
        <div class="visiting"><Alert kind="info">{t(session.value.user.readOnly ? 'visiting.read' : 'visiting', { name: session.value.user.name })}</Alert></div>
      )}
      {children}
    </>
  );
}

/** What the page is called in the browser's tab and to a screen reader. */
function titleOf(page) {
  if (!session.value) return '';
  if (!session.value.claimed) return t('claim.title');
  if (!session.value.user) return t('login.title');
  const [, sub, more] = route.value.parts;
  if (page === 'settings' && sub === 'components' && more) return more.replace(/^org\.commonshub\./, '');
  if (page === 'settings' && has('section.' + sub)) return t('section.' + sub);
  if (page === 'trust' && has('trust.title.' + sub)) return t('trust.title.' + sub);
  if (page === 'devices' && sub === 'new') return t('devices.add');
  if (page === 'devices' && sub === 'find') return t('devices.find');
  if (page === 'devices' && sub === 'models') return t('models.title');
  if (page === 'devices' && sub) {
    const name = devices.value?.find((d) => d.id === sub)?.name ?? t('nav.devices');
    return more === 'edit' ? t('edit.title', { name }) : name;
  }
  return t('nav.' + page);
}

function App() {
  const page = route.value.parts[0] in PAGES ? route.value.parts[0] : 'now';
  const view = session.value === null ? 'start' : !session.value.claimed ? 'claim' : !session.value.user ? 'login' : route.value.parts.join('/') || 'now';
  const first = useRef(true);
  const title = titleOf(page);
  useEffect(() => {
    document.title = (title ? title + ' · ' : '') + 'Commons Hub';
  }, [title]);
  // A new view starts at its top, with the focus on its heading; not at the first paint.
  useEffect(() => {
    if (view === 'start') return;
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [view]);

  if (session.value === null) {
    return (
      <main class="starting">
        {link.value === 'lost' ? <div class="welcome"><Banner /></div> : <Loading />}
      </main>
    );
  }
  if (!session.value.claimed) return <Claim />;
  const [asked, sub] = route.value.parts;
  if (asked === 'enter') return <><Banner /><Lazy name="Enter" /></>;
  // A receipt is checked in the browser alone: nobody has to be known for that.
  if (!session.value.user && asked === 'trust' && sub === 'check') return <main id="main" tabIndex={-1} class="page"><Lazy name="Trust" /></main>;
  if (!session.value.user) return <><Banner /><Login /></>;
  const Page = PAGES[page];
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>{t('skip')}</a>
      <Shell page={page}>
        <main id="main" tabIndex={-1} class={'page ' + page}><Page key={page} /></main>
      </Shell>
    </>
  );
}

async function start() {
  await startLanguage();
  render(<App />, document.getElementById('app'));
  let wait = 1000;
  for (;;) {
    try {
      await loadSession();
      return;
    } catch {
      await new Promise((done) => setTimeout(done, wait));
      if (session.value) return;
      wait = Math.min(15_000, wait * 2);
    }
  }
}
start();
