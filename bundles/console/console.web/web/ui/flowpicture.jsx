// The home in one picture: sun, grid, battery and car around the house, with what flows between.
import { power, powerParts, percent } from '../lib/format.js';
import { IDLE_W, exchange, pace } from '../lib/flow.js';
import { locale, t } from '../lib/i18n.js';
import { iconPath } from './icons.jsx';

const HOME = { x: 200, y: 196, r: 60 };
const R = 50;
const PLACES = {
  sun: { x: 200, y: 56, label: [262, 50, 'start'] },
  grid: { x: 60, y: 196, label: [60, 268, 'middle'] },
  battery: { x: 340, y: 196, label: [340, 268, 'middle'] },
  car: { x: 200, y: 336, label: [262, 336, 'start'] },
};

/** The words under a corner: what it does, never a sign. */
function state(kind, part) {
  const { watts } = part;
  if (!Number.isFinite(watts)) return t('flow.unknown');
  if (kind === 'grid') return t('flow.grid.' + exchange(watts));
  const idle = Math.abs(watts) <= IDLE_W;
  if (kind === 'sun') return t(idle ? 'flow.sun.resting' : 'flow.sun.giving');
  if (kind === 'car') return t(idle ? 'flow.car.resting' : watts < 0 ? 'flow.car.giving' : 'flow.car.charging');
  return t(idle ? 'flow.battery.resting' : watts < 0 ? 'flow.battery.giving' : 'flow.battery.charging');
}

/** Positive runs towards the house. */
function towardsHome(kind, watts) {
  if (!Number.isFinite(watts) || Math.abs(watts) <= IDLE_W) return 0;
  if (kind === 'sun') return 1;
  return kind === 'grid' ? Math.sign(watts) : -Math.sign(watts);
}

function Line({ kind, part, stale }) {
  const place = PLACES[kind];
  const dx = Math.sign(HOME.x - place.x);
  const dy = Math.sign(HOME.y - place.y);
  const from = [place.x + dx * R, place.y + dy * R];
  const to = [HOME.x - dx * HOME.r, HOME.y - dy * HOME.r];
  const d = `M${from} L${to}`;
  const way = stale ? 0 : towardsHome(kind, part.watts);
  return (
    <g class={'line ' + kind}>
      <path class="track" d={d} />
      {way !== 0 && (
        <path class={'moving' + (way < 0 ? ' away' : '')} d={d} style={{ animationDuration: pace(part.watts) + 's' }} />
      )}
    </g>
  );
}

function Node({ x, y, r = R, kind, icon, watts, name, text, label, soc, stale }) {
  const { number, unit } = powerParts(Number.isFinite(watts) ? Math.abs(watts) : undefined, locale.value);
  const ring = 2 * Math.PI * (r - 2);
  return (
    <g class={`node ${kind}${stale ? ' stale' : ''}`}>
      <circle class="disc" cx={x} cy={y} r={r} />
      <circle class="ring" cx={x} cy={y} r={r - 2} />
      {Number.isFinite(soc) && (
        <circle class="soc" cx={x} cy={y} r={r - 2} transform={`rotate(-90 ${x} ${y})`}
          stroke-dasharray={`${(ring * Math.min(100, Math.max(0, soc))) / 100} ${ring}`} />
      )}
      <g transform={`translate(${x - 14} ${y - (r > R ? 44 : 36)}) scale(1.17)`}>
        <path class="node-icon" d={iconPath(icon)} />
      </g>
      <text class="node-number" x={x} y={y + 17} text-anchor="middle">
        {number}
        <tspan class="node-unit" dx="3">{unit}</tspan>
      </text>
      {Number.isFinite(soc) && <text class="node-soc" x={x} y={y + 37} text-anchor="middle">{percent(soc / 100, locale.value)}</text>}
      {label ? (
        <>
          <text class="node-name" x={label[0]} y={label[1]} text-anchor={label[2]}>{name}</text>
          <text class="node-state" x={label[0]} y={label[1] + 18} text-anchor={label[2]}>{text}</text>
        </>
      ) : (
        <text class="node-state" x={x} y={y + 37} text-anchor="middle">{name}</text>
      )}
    </g>
  );
}

/** One sentence per corner, for those who do not see the picture. */
export function describe(p) {
  const say = (watts) => power(Math.abs(watts), locale.value);
  const sentences = [];
  for (const kind of ['sun', 'grid', 'battery', 'car']) {
    const part = p[kind];
    if (!part) continue;
    const moving = Number.isFinite(part.watts) && Math.abs(part.watts) > IDLE_W;
    sentences.push(`${t('flow.' + kind)}: ${state(kind, part)}${moving ? ' ' + say(part.watts) : ''}${Number.isFinite(part.soc) ? ', ' + percent(part.soc / 100, locale.value) : ''}.`);
  }
  if (Number.isFinite(p.home.watts)) sentences.push(`${t('flow.home')}: ${say(p.home.watts)}.`);
  return sentences.join(' ');
}

export function FlowPicture({ picture: p, stale }) {
  const kinds = ['sun', 'grid', 'battery', 'car'].filter((kind) => p[kind]);
  const top = p.sun ? 0 : 130;
  const bottom = p.car ? 392 : 300;
  return (
    <svg class="flow" viewBox={`0 ${top} 400 ${bottom - top}`} role="img" aria-label={describe(p)}>
      {kinds.map((kind) => <Line key={kind} kind={kind} part={p[kind]} stale={stale[kind]} />)}
      {kinds.map((kind) => (
        <Node key={kind} {...PLACES[kind]} kind={kind} icon={kind} watts={p[kind].watts} soc={p[kind].soc} stale={stale[kind]}
          name={t('flow.' + kind)}
          text={state(kind, p[kind])} />
      ))}
      <Node {...HOME} kind="home" icon="home" watts={p.home.watts} name={t('flow.home')} stale={stale.home} />
    </svg>
  );
}
