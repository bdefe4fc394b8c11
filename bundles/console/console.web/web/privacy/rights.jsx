// Taking one's data along, and erasing it.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { session } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Button, Card, FormError, Input, Saved, useAction } from '../ui/parts.jsx';

const Download = ({ format, file }) => (
  <a class="button" href={api.url('/privacy/export?format=' + format)} download={file}><Icon name="download" size={20} /><span>{t('rights.' + format)}</span></a>
);

function Erase({ onErased }) {
  const [typed, type] = useState('');
  const [message, say] = useState('');
  const action = useAction();
  const { name, delegated } = session.value.user;
  const submit = async (event) => {
    event.preventDefault();
    if (typed.trim() !== name) return action.fail({ field: 'confirm', detail: t('erase.wrong', { name }) });
    await action.run(async () => {
      say((await api.post('/privacy/erase', { confirm: typed.trim() }, { timeout: 300_000 })).message);
      type('');
      onErased();
    });
  };
  if (delegated) return null;
  return (
    <details class="as-table">
      <summary>{t('erase.title')}</summary>
      <form class="form inset" onSubmit={submit} noValidate>
        <Alert kind="warn">{t('erase.text')}</Alert>
        <FormError problem={action.problem} />
        <Saved show={message}>{message}</Saved>
        <Input label={t('erase.confirm', { name })} value={typed} onValue={type} error={action.error('confirm')} maxLength={64} />
        <Button kind="danger solid" icon="trash" type="submit" busy={action.busy}>{t('erase.do')}</Button>
      </form>
    </details>
  );
}

export function YourData({ rights, onErased }) {
  return (
    <Card title={t('rights.title')} icon="archive">
      <p class="hint">{t('rights.text')}</p>
      {rights ? (
        <>
          <div class="row spaced"><Download format="archive" file="hub-data.zip" /><Download format="green-button" file="green-button.xml" /></div>
          <p class="hint">{t('rights.green')}</p>
          <Erase onErased={onErased} />
        </>
      ) : <p class="quiet">{t('rights.off')}</p>}
    </Card>
  );
}
