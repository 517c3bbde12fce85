// Ctrl-K: opens the search dialog; arrows walk its links. What is found comes from the circuit.
const dialog = () => document.getElementById('search-dialog');

function open() {
  const box = dialog();
  if (!box || box.open) return;
  box.showModal();
  const input = box.querySelector('input');
  input.focus();
  input.select();
}

function walk(event) {
  const box = event.target.closest?.('#search-dialog');
  if (!box) return;
  const links = [...box.querySelectorAll('.overlay-list a')];
  const at = links.indexOf(document.activeElement);
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    const next = at + (event.key === 'ArrowDown' ? 1 : -1);
    (links[next] ?? box.querySelector('input')).focus();
  } else if (event.key === 'Enter' && at < 0 && links.length) {
    event.preventDefault();
    links[0].click();
  }
}

document.addEventListener('keydown', event => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    open();
  } else {
    walk(event);
  }
});

document.addEventListener('click', event => {
  if (event.target.closest?.('[data-search-open]')) open();
  const box = dialog();
  if (box?.open && (event.target === box || event.target.closest?.('#search-dialog a, [data-search-close]'))) box.close();
});
