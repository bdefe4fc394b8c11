// Trust and all that belongs to it, loaded when first opened: what is signed and anchored, receipts, this
// hub's name, other homes, neighbours.
import { extend } from '../lib/i18n.js';
import { route } from '../lib/router.js';
import { Overview } from './overview.jsx';
import { CheckReceipt } from './checkreceipt.jsx';
import { ProofOf } from './proofof.jsx';

export { Identity } from './identity.jsx';
export { Enter, Homes } from './homes.jsx';
export { Neighbours } from './neighbours.jsx';

/** Done when the messages are there. */
export const ready = extend({
  en: () => import('../i18n/trust-en.js'),
  it: () => import('../i18n/trust-it.js'),
  de: () => import('../i18n/trust-de.js'),
  fr: () => import('../i18n/trust-fr.js'),
});

export function Trust() {
  const [, sub] = route.value.parts;
  if (sub === 'check') return <CheckReceipt />;
  if (sub === 'proof') return <ProofOf />;
  return <Overview />;
}
