// The words shown while the circuit is broken. The framework dispatches the event on the element that bears its id.
const dialog = document.getElementById('components-reconnect-modal');
let timer;

async function retry() {
  try {
    if (!await Blazor.reconnect() && !await Blazor.resumeCircuit()) show('gone');
  } catch {
    timer = setTimeout(retry, 5000);
  }
}

function show(state) {
  dialog.dataset.state = state;
  if (!dialog.open) dialog.showModal();
}

dialog?.addEventListener('components-reconnect-state-changed', event => {
  clearTimeout(timer);
  switch (event.detail.state) {
    case 'show': case 'retrying': show('trying'); break;
    case 'hide': dialog.close(); break;
    case 'failed': show('failed'); timer = setTimeout(retry, 5000); break;
    case 'rejected': location.reload(); break;
  }
});

dialog?.querySelector('[data-reload]')?.addEventListener('click', () => location.reload());
document.addEventListener('visibilitychange', () => { if (!document.hidden && dialog?.open && dialog.dataset.state === 'failed') retry(); });
