// Everything that was released or refused, newest first.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { Icon } from '../ui/icons.jsx';
import { Button, Card, Input, Loading, Trouble } from '../ui/parts.jsx';
import { brief, number, purposeName } from './words.jsx';

const PAGE = 25;
const SETTLE_MS = 300;

export function Log({ names, only, onOnly, changed }) {
  const [text, search] = useState('');
  const [state, set] = useState({ lines: [], loading: true });
  const asked = useRef(0);
  const load = async (before) => {
    const mine = ++asked.current;
    set((s) => ({ ...s, loading: true, problem: null }));
    const query = new URLSearchParams({ limit: String(PAGE), ...(text.trim() && { text: text.trim() }), ...(only && { recipient: only }), ...(before && { before }) });
    try {
      const lines = await api.get('/privacy/log?' + query);
      if (asked.current === mine) set((s) => ({ lines: before ? [...s.lines, ...lines] : lines, more: lines.length === PAGE }));
    } catch (problem) {
      if (asked.current === mine) set((s) => ({ ...s, loading: false, problem }));
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => load(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text, only, changed]);
  const { lines, more, loading, problem } = state;
  return (
    <Card title={t('log.title')} icon="list" id="log">
      <p class="hint">{t('log.text')}</p>
      <div class="row spaced">
        <div class="grow"><Input type="search" label={t('log.search')} value={text} onValue={search} maxLength={128} /></div>
        {only && <Button kind="quiet" onClick={() => onOnly('')}>{t('log.only', { name: names(only) })}</Button>}
      </div>
      {problem && <Trouble problem={problem} retry={() => load()} />}
      {!lines.length && (loading ? <Loading /> : !problem && <p class="quiet">{t(text || only ? 'log.none' : 'log.empty')}</p>)}
      {lines.length > 0 && (
        <div class="table-box" tabIndex={0} role="region" aria-label={t('log.title')}>
          <table>
            <thead><tr>{['time', 'who', 'purpose', 'what', 'values'].map((c) => <th key={c} scope="col" class={c === 'values' ? 'num' : ''}>{t('log.' + c)}</th>)}</tr></thead>
            <tbody>
              {lines.map((line) => (
                <tr key={line.number}>
                  <th scope="row">{brief(line.instant)}</th>
                  <td>{names(line.recipient)}</td>
                  <td>{purposeName(line.purpose)}</td>
                  <td>{line.what}</td>
                  <td class="num">{line.values ? number(line.values) : t('log.refused')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="row spaced">
        {more && <Button busy={loading} onClick={() => load(lines[lines.length - 1].number)}>{t('log.more')}</Button>}
        <a class="button" href={api.url('/privacy/log.csv')} download="disclosures.csv"><Icon name="download" size={20} /><span>{t('log.export')}</span></a>
      </div>
    </Card>
  );
}
