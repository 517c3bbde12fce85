// Tells the server, at most once a minute, that a person touched the page: a page that only shows live values is no sign of anybody.
const pause = 60_000;
let last = 0;

function touched() {
  const now = Date.now();
  if (now - last < pause || !document.querySelector('[data-live]')) return;
  last = now;
  fetch('account/presence', { method: 'POST', keepalive: true }).catch(() => { last = 0; });
}

for (const kind of ['pointerdown', 'keydown', 'wheel']) document.addEventListener(kind, touched, { passive: true, capture: true });
