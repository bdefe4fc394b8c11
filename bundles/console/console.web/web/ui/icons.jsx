// The console's own icons: 24 × 24, drawn with the text's colour.
const PATHS = {
  now: 'M12 21a9 9 0 1 1 9-9M12 12l5-5M17 3l4 1-1 4',
  energy: 'M4 20V11M10 20V4M16 20v-7M21 20H3',
  devices: 'M7 4h10a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2ZM9 8h6v3H9zM9 15h.01M12 15h.01M15 15h.01',
  settings: 'M4 7h9M19 7h1M16 4.5v5M4 12h2M12 12h8M9 9.5v5M4 17h9M19 17h1M16 14.5v5',
  trust: 'M12 3 5 5.500v5.500c0 4.500 2.800 8 7 10 4.200-2 7-5.500 7-10V5.500zM8.500 12l2.500 2.500 4.500-5',
  seal: 'M12 3a6 6 0 1 0 0 12 6 6 0 0 0 0-12ZM9 14.200 7.500 21l4.500-2.500 4.500 2.500-1.500-6.800M12 7v4M10 9h4',
  link: 'M5 8a3 3 0 1 0 0-.01M19 8a3 3 0 1 0 0-.01M12 20a3 3 0 1 0 0-.01M8 8h8M6.500 10.500l4 6.500M17.500 10.500l-4 6.500',
  health: 'M3 12h4l3-7 4 14 3-7h4',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  grid: 'M12 3 7 21M12 3l5 18M9.2 13h5.6M10.4 9h3.2M8 17.5h8M6 7h12',
  battery: 'M8 5h8a1.5 1.5 0 0 1 1.5 1.5v13A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-13A1.5 1.5 0 0 1 8 5ZM10 2.5h4',
  car: 'M4 16v-3.2l2-5A2 2 0 0 1 7.9 6.500h8.200A2 2 0 0 1 18 7.800l2 5V16M3 16h18v2.500h-3V16M6 16v2.500H3V16M4.500 12.500h15M7 14.300h.01M17 14.300h.01',
  home: 'M3.500 11.500 12 4l8.500 7.500M6 9.500V20h12V9.500M10 20v-5h4v5',
  heat: 'M12 3c3 3.500 5 6 5 9.500a5 5 0 0 1-10 0c0-1.700.7-3 1.700-4 .3 1.500 1 2.300 1.800 2.500C10.300 8 10.800 5.500 12 3Z',
  plug: 'M9 3v5M15 3v5M6.500 8h11v3.500a5.500 5.500 0 0 1-11 0zM12 17v4',
  gauge: 'M4 17a8 8 0 1 1 16 0M12 17l4-6M4 17h2M18 17h2',
  water: 'M12 3c4 5 6 7.500 6 11a6 6 0 0 1-12 0c0-3.500 2-6 6-11Z',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM16 16l4.500 4.500',
  back: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  check: 'M5 12.500 10 17.500 19.500 7',
  alert: 'M12 4 2.800 20h18.400zM12 10v4.500M12 17.300h.01',
  info: 'M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17ZM12 11v5.500M12 7.800h.01',
  lock: 'M6.500 11h11v9h-11zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  key: 'M8 12a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM11 13.200 20 4.500M16 8l3 3',
  users: 'M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM2.500 20c0-3.500 2.500-5.500 6.500-5.500s6.500 2 6.500 5.500M16 5a3.200 3.200 0 0 1 0 6.200M18 15c2.300.7 3.500 2.400 3.500 5',
  out: 'M14 4h5v16h-5M3.500 12H14M10 8l4 4-4 4',
  download: 'M12 4v11M7.500 11l4.500 4.500 4.500-4.500M4 20h16',
  archive: 'M4 5h16v4H4zM5.500 9v10.500h13V9M10 13h4',
  palette: 'M12 3.500a8.500 8.500 0 1 0 0 17c1.500 0 2-1 1.500-2-.700-1.500.200-2.500 1.500-2.500h2.500c2 0 3-1.500 3-4 0-5-4-8.500-8.500-8.500ZM7.500 12h.01M9.500 8h.01M14.500 8h.01',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  puzzle: 'M5 8h4c-1-3 .5-4.500 2.500-4.500S15 5 14 8h5v5c-3-1-4.500.5-4.500 2.500S16 18.500 19 17.500V20H5z',
  clock: 'M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17ZM12 7.500V12l3 2',
  trash: 'M5 7h14M9 7V4.500h6V7M7 7l1 13h8l1-13M10.500 11v5.500M13.500 11v5.500',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
};

const ROLES = {
  'grid-meter': 'grid',
  pv: 'sun',
  generator: 'sun',
  battery: 'battery',
  'ev-charger': 'car',
  'heat-pump': 'heat',
  'water-heater': 'water',
  load: 'plug',
  'sub-meter': 'gauge',
  'gas-meter': 'heat',
  'heat-meter': 'heat',
  'water-meter': 'water',
  sensor: 'gauge',
  home: 'home',
};

export const roleIcon = (role) => ROLES[role] ?? 'gauge';
export const iconPath = (name) => PATHS[name];

export const Icon = ({ name, size = 24 }) => (
  <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
