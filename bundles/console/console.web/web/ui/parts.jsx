// Small parts all pages are made of.
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.jsx';

/** What went wrong, in words; a Problem without text is the hub being out of reach. */
export function explain(problem) {
  if (!problem) return '';
  if (problem.status === 0) return t('error.unreachable');
  if (problem.status === 429) return t('error.throttled', { n: Math.ceil(problem.retryAfter ?? 60) });
  if (problem.status === 403 && !problem.detail) return t('error.forbidden');
  return problem.detail || problem.title || (problem.status ? t('error.http', { status: problem.status }) : String(problem.message));
}

export const Alert = ({ kind = 'error', title, children, action }) => (
  <div class={'alert ' + kind} role={kind === 'error' ? 'alert' : 'status'}>
    <Icon name={kind === 'ok' ? 'check' : kind === 'info' ? 'info' : 'alert'} size={20} />
    <div class="alert-text">
      {title && <strong>{title}</strong>}
      <div>{children}</div>
    </div>
    {action}
  </div>
);

/** An error that takes the focus, so that nobody misses it. */
export function FormError({ problem }) {
  const ref = useRef();
  useLayoutEffect(() => {
    if (problem && !problem.field) ref.current?.focus();
  }, [problem]);
  if (!problem || problem.field) return null;
  return (
    <div ref={ref} tabIndex={-1} class="focus-quiet">
      <Alert>{explain(problem)}</Alert>
    </div>
  );
}

export const Button = ({ kind = '', busy, icon, children, ...rest }) => (
  <button type="button" class={'button ' + kind} aria-disabled={busy ? 'true' : undefined} {...rest}
    onClick={busy ? (e) => e.preventDefault() : rest.onClick}>
    {icon && <Icon name={icon} size={20} />}
    <span>{busy ? t('working') : children}</span>
  </button>
);

export const Card = ({ title, level = 2, icon, action, children, class: more = '', ...rest }) => {
  const H = 'h' + level;
  return (
    <section class={'card ' + more} {...rest}>
      {title && (
        <header class="card-head">
          {icon && <Icon name={icon} size={20} />}
          <H>{title}</H>
          {action}
        </header>
      )}
      {children}
    </section>
  );
};

export const Empty = ({ icon, title, children }) => (
  <div class="empty">
    <span class="empty-icon"><Icon name={icon} size={40} /></span>
    <h2>{title}</h2>
    {children}
  </div>
);

export const Loading = ({ children }) => (
  <p class="loading" role="status">
    <span class="dots" aria-hidden="true"><i /><i /><i /></span>
    {children ?? t('loading')}
  </p>
);

/** Label, control, hint and error, tied together for screen readers. */
export function Field({ label, hint, error, children, optional }) {
  const id = useId();
  const ref = useRef();
  useLayoutEffect(() => {
    if (error) ref.current?.querySelector('[aria-invalid]')?.focus();
  }, [error]);
  const described = [hint && id + '-hint', error && id + '-error'].filter(Boolean).join(' ') || undefined;
  return (
    <div class={'field' + (error ? ' has-error' : '')} ref={ref}>
      <label for={id}>
        {label}
        {optional && <span class="optional"> {t('optional')}</span>}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined })}
      {hint && <p class="hint" id={id + '-hint'}>{hint}</p>}
      {error && <p class="error" id={id + '-error'}><Icon name="alert" size={16} /> {error}</p>}
    </div>
  );
}

export const Input = ({ label, hint, error, optional, value, onValue, type = 'text', ...rest }) => (
  <Field label={label} hint={hint} error={error} optional={optional}>
    {(a11y) => (
      <input type={type} value={value ?? ''} onInput={(e) => onValue(e.currentTarget.value)}
        autocomplete="off" spellcheck={false} {...rest} {...a11y} />
    )}
  </Field>
);

export const Area = ({ label, hint, error, optional, value, onValue, ...rest }) => (
  <Field label={label} hint={hint} error={error} optional={optional}>
    {(a11y) => (
      <textarea value={value ?? ''} onInput={(e) => onValue(e.currentTarget.value)} autocomplete="off" spellcheck={false} {...rest} {...a11y} />
    )}
  </Field>
);

export const Select = ({ label, hint, error, optional, value, onValue, options, ...rest }) => (
  <Field label={label} hint={hint} error={error} optional={optional}>
    {(a11y) => (
      <select value={value} onChange={(e) => onValue(e.currentTarget.value)} {...rest} {...a11y}>
        {options.map(([key, text]) => (
          <option key={key} value={key} selected={key === value}>{text}</option>
        ))}
      </select>
    )}
  </Field>
);

export function Check({ label, hint, error, checked, onValue, ...rest }) {
  const id = useId();
  return (
    <div class={'check' + (error ? ' has-error' : '')}>
      <input type="checkbox" id={id} checked={!!checked} onChange={(e) => onValue(e.currentTarget.checked)}
        aria-describedby={hint || error ? id + '-hint' : undefined} aria-invalid={error ? 'true' : undefined} {...rest} />
      <div>
        <label for={id}>{label}</label>
        {(hint || error) && (
          <p class={error ? 'error' : 'hint'} id={id + '-hint'}>{error || hint}</p>
        )}
      </div>
    </div>
  );
}

/** One choice of a few, as radio buttons in a row. */
export function Choice({ legend, hidden, value, onValue, options, name }) {
  return (
    <fieldset class="choice">
      <legend class={hidden ? 'sr' : ''}>{legend}</legend>
      <div class="segments">
        {options.map(([key, text, icon]) => (
          <label key={key} class={key === value ? 'on' : ''}>
            <input type="radio" name={name} value={key} checked={key === value} onChange={() => onValue(key)} />
            {icon && <Icon name={icon} size={18} />}
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A button that asks once more, in place, before it does what cannot be undone. */
export function Confirm({ label, question, onConfirm, icon = 'trash', quiet }) {
  const [asking, ask] = useState(false);
  const [busy, work] = useState(false);
  const yes = useRef();
  const first = useRef();
  const was = useRef(false);
  useLayoutEffect(() => {
    if (asking) yes.current?.querySelector('button')?.focus();
    else if (was.current) first.current?.querySelector('button')?.focus();
    was.current = asking;
  }, [asking]);
  if (!asking) {
    return (
      <span ref={first}>
        <Button kind={quiet ? 'quiet danger' : 'danger'} icon={icon} onClick={() => ask(true)}>{label}</Button>
      </span>
    );
  }
  const confirm = async () => {
    work(true);
    try {
      await onConfirm();
    } finally {
      work(false);
      ask(false);
    }
  };
  return (
    <div class="confirm" ref={yes} role="group" aria-label={question}
      onKeyDown={(e) => e.key === 'Escape' && ask(false)}>
      <p>{question}</p>
      <div class="row">
        <Button kind="danger solid" busy={busy} onClick={confirm}>{label}</Button>
        <Button kind="quiet" onClick={() => ask(false)}>{t('cancel')}</Button>
      </div>
    </div>
  );
}

export const Fingerprint = ({ value }) => (
  <code class="fingerprint">{(value ?? '').match(/.{1,12}/g)?.map((part) => <span key={part}>{part}</span>)}</code>
);

export const Badge = ({ kind = '', children }) => <span class={'badge ' + kind}>{children}</span>;

/** Loads something when a page opens or its key changes. */
export function useLoad(load, key) {
  const [state, set] = useState({ loading: true });
  const alive = useRef(0);
  const reload = async (quiet) => {
    const mine = ++alive.current;
    if (!quiet) set((s) => ({ ...s, loading: true, problem: null }));
    try {
      const value = await load();
      if (alive.current === mine) set({ value, loading: false });
    } catch (problem) {
      if (alive.current === mine) set((s) => ({ ...s, problem, loading: false }));
    }
  };
  useEffect(() => {
    reload();
    return () => void alive.current++;
  }, [key]);
  return { ...state, reload };
}

export const Trouble = ({ problem, retry }) => (
  <Alert action={retry && <Button kind="quiet" onClick={() => retry()}>{t('retry')}</Button>}>{explain(problem)}</Alert>
);

export const Back = ({ to = 'settings', children }) => (
  <a class="back" href={'#/' + to}><Icon name="back" size={20} /> {children ?? t('nav.settings')}</a>
);

export const Saved = ({ show, children }) => (
  <div role="status" aria-live="polite">{show && <Alert kind="ok">{children ?? t('saved')}</Alert>}</div>
);

/** Runs something a person asked for; keeps its problem and whether it is under way. */
export function useAction() {
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const run = async (action) => {
    if (busy) return false;
    work(true);
    fail(null);
    try {
      await action();
      return true;
    } catch (p) {
      fail(p);
      return false;
    } finally {
      work(false);
    }
  };
  return { problem, fail, busy, run, error: (field) => (problem?.field === field ? problem.detail : undefined) };
}
