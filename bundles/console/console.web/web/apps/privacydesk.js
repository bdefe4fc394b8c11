// The Privacy page's parts, loaded with its messages: data is decided there, and shown here in the same words.
export let privacy = null;
export const loadPrivacy = () => import('../privacy/privacy.jsx').then(async (m) => { await m.ready; privacy = m; });
