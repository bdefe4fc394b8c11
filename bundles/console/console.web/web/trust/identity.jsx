// This hub's name: what others scan, compare and check its signatures with.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { prosumer, session, zone } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Button, Card, Confirm, Empty, Loading, Saved, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { QrCode } from './qrcode.jsx';

const day = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'medium' });

/** Groups of characters that two people compare. */
export const Groups = ({ value }) => (
  <code class="fingerprint">{value.split(' ').map((part, i) => <span key={i}>{part}</span>)}</code>
);

export function Copy({ text, label }) {
  const [done, set] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text).then(() => set(true), () => set(false));
    setTimeout(() => set(false), 4000);
  };
  return <Button icon={done ? 'check' : 'copy'} onClick={copy}>{done ? t('copied') : label}</Button>;
}

export const Off = ({ title }) => (
  <Empty icon="puzzle" title={t('off.title', { name: title })}>
    <p>{t('off.text')}</p>
    <a class="button primary" href="#/settings/features"><span>{t('section.features')}</span></a>
  </Empty>
);

export function Identity() {
  const load = useLoad(() => api.get('/identity'));
  const action = useAction();
  const [said, say] = useState('');
  const own = prosumer.value && !session.value.user.readOnly;
  if (load.problem) return <Trouble problem={load.problem} retry={load.reload} />;
  if (!load.value) return <Loading />;
  const id = load.value;
  if (!id.running) return <Off title={t('section.identity')} />;
  const rotate = async () => {
    say('');
    if (await action.run(() => api.post('/identity/rotate', { key: id.key.multikey }))) say(t('identity.rotated'));
    load.reload(true);
  };
  return (
    <>
      <Saved show={said}>{said}</Saved>
      {id.problem && <Alert title={t('identity.problem')}>{id.problem}</Alert>}
      <Card title={t('identity.card')} icon="seal">
        <div class="card-qr">
          <QrCode text={id.card} label={t('identity.qr')} />
          <div class="grow">
            <p>{t('identity.card.text')}</p>
            <h3>{t('identity.fingerprint')}</h3>
            <Groups value={id.fingerprint} />
            <p class="hint">{t('identity.fingerprint.text')}</p>
            <Copy text={id.card} label={t('identity.copy')} />
          </div>
        </div>
      </Card>
      <Card title={t('identity.names')} icon="list">
        <dl class="names">
          <div><dt>{t('identity.did')}</dt><dd><code>{id.did}</code></dd></div>
          {id.aliases.map((alias) => <div key={alias}><dt>{t('identity.alias')}</dt><dd><code>{alias}</code></dd></div>)}
          {id.evmAddress && <div><dt>{t('identity.account')}</dt><dd><code>{id.evmAddress}</code></dd></div>}
        </dl>
      </Card>
      <Card title={t('identity.keys')} icon="key">
        <p class="hint">{t('identity.keys.text')}</p>
        <ul class="plain entries">
          {id.keys.map((k, i) => (
            <li key={k.multikey}><span class="grow"><code>{k.multikey}</code><span class="hint block">{t('since', { date: day(k.since) })}{i === id.keys.length - 1 && ' · ' + t('identity.current')}</span></span></li>
          ))}
        </ul>
        {action.problem && <Alert>{explain(action.problem)}</Alert>}
        <div class="row spaced">
          <a class="button" href={api.url('/identity/keys')} download="did.jsonl"><Icon name="download" size={20} /><span>{t('identity.log')}</span></a>
          {own && <Confirm icon="key" label={t('identity.rotate')} question={t('identity.rotate.sure')} onConfirm={rotate} />}
        </div>
      </Card>
    </>
  );
}
