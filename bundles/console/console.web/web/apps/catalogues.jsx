// Which catalogues are followed: the root file is compared by its fingerprint before anything is trusted.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { zone } from '../lib/store.js';
import { Alert, Back, Badge, Button, Card, Confirm, Field, FormError, Input, Loading, Saved, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { SOURCE } from './plain.js';

const MAX_ROOT = 128 * 1024;
const moment = (iso) => dateTime(iso, locale.value, zone.value);

function Source({ source: s, onChange }) {
  const action = useAction();
  const refresh = () => action.run(async () => {
    await api.post(`/catalogues/${s.name}/refresh`, undefined, { timeout: 90_000 });
    onChange(t('app.source.fetched', { name: s.name }));
  });
  const unfollow = () => action.run(async () => {
    await api.del('/catalogues/' + s.name);
    onChange(t('app.source.gone', { name: s.name }));
  });
  return (
    <Card class="recipient" aria-label={s.name}>
      <header class="row">
        <div class="grow"><h2>{s.operator || s.name}</h2><p class="hint">{s.url}</p></div>
        <Badge kind={SOURCE[s.state]}>{t('app.source.' + s.state)}</Badge>
      </header>
      <p>{t('app.source.means.' + s.state)}</p>
      {s.problem && <Alert kind="warn">{s.problem}</Alert>}
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      <dl class="facts">
        <div><dt>{t('app.source.updated')}</dt><dd>{s.updated ? moment(s.updated) : t('app.never')}</dd></div>
        {s.expires && <div><dt>{t('app.source.expires')}</dt><dd>{moment(s.expires)}</dd></div>}
        <div><dt>{t('app.source.fingerprint')}</dt><dd><code>{s.fingerprint}</code></dd></div>
      </dl>
      <div class="row spaced">
        <Button busy={action.busy} aria-label={t('app.source.fetch') + ': ' + s.name} onClick={refresh}>{t('app.source.fetch')}</Button>
        <Confirm label={t('app.unfollow')} question={t('app.unfollow.sure', { name: s.operator || s.name })} onConfirm={unfollow} />
      </div>
    </Card>
  );
}

function Follow({ onFollowed }) {
  const [form, set] = useState({ name: '', url: '', fingerprint: '' });
  const [root, read] = useState('');
  const action = useAction();
  const change = (part) => set((f) => ({ ...f, ...part }));
  const choose = async (event) => {
    const file = event.currentTarget.files[0];
    read('');
    action.fail(null);
    if (!file) return;
    if (file.size > MAX_ROOT) return action.fail({ field: 'root', detail: t('app.root.large') });
    read(btoa(Array.from(new Uint8Array(await file.arrayBuffer()), (b) => String.fromCharCode(b)).join('')));
  };
  const submit = (event) => {
    event.preventDefault();
    const missing = ['url', 'name', 'fingerprint'].find((f) => !form[f].trim());
    if (missing) return action.fail({ field: missing, detail: t('required') });
    if (!root) return action.fail({ field: 'root', detail: t('app.root.missing') });
    action.run(async () => {
      const name = form.name.trim();
      await api.post('/catalogues', { ...form, name, root });
      await api.post(`/catalogues/${name}/refresh`, undefined, { timeout: 90_000 }).catch(() => {});
      onFollowed(t('app.followed', { name }));
    });
  };
  return (
    <Card title={t('app.follow')} icon="plus">
      <form class="form" onSubmit={submit} noValidate>
        <p class="hint">{t('app.follow.text')}</p>
        <FormError problem={action.problem} />
        <Input label={t('app.follow.url')} type="url" value={form.url} onValue={(url) => change({ url })} error={action.error('url')} maxLength={300} placeholder="https://" />
        <Input label={t('app.follow.name')} hint={t('app.follow.name.hint')} value={form.name} onValue={(name) => change({ name })} error={action.error('name')} maxLength={32} />
        <Field label={t('app.root')} hint={t('app.root.hint')} error={action.error('root')}>
          {(a11y) => <input type="file" accept=".json,application/json" onChange={choose} {...a11y} />}
        </Field>
        <Input label={t('app.follow.fingerprint')} hint={t('app.follow.fingerprint.hint')} value={form.fingerprint} onValue={(fingerprint) => change({ fingerprint })} error={action.error('fingerprint')} maxLength={200} />
        <Button kind="primary" type="submit" busy={action.busy}>{t('app.follow.do')}</Button>
      </form>
    </Card>
  );
}

export function Catalogues() {
  const load = useLoad(() => api.get('/catalogues'));
  const [said, say] = useState('');
  const [turn, again] = useState(0);
  const changed = (words) => {
    say(words);
    load.reload(true);
  };
  return (
    <>
      <Back to="apps">{t('nav.apps')}</Back>
      <h1>{t('app.catalogues')}</h1>
      <p class="lead">{t('app.catalogues.lead')}</p>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {!load.value && load.loading && <Loading />}
      <Saved show={said}>{said}</Saved>
      {load.value?.length > 0 && <div class="two">{load.value.map((s) => <Source key={s.name} source={s} onChange={changed} />)}</div>}
      {load.value && <Follow key={turn} onFollowed={(words) => { again(turn + 1); changed(words); }} />}
    </>
  );
}
