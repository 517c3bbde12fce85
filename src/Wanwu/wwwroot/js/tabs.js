// On a narrow screen a row of tabs is wider than the window: the one that is open is brought into sight, once, so that nobody's own scrolling is undone.
let brought = new WeakMap(), asked = false, width = innerWidth;

function bring() {
  asked = false;
  for (const row of document.querySelectorAll('.tabs')) {
    const here = row.querySelector('[aria-current]');
    if (!here || brought.get(row) === here) continue;
    brought.set(row, here);
    const [outer, inner] = [row.getBoundingClientRect(), here.getBoundingClientRect()];
    if (inner.left < outer.left || inner.right > outer.right) row.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
}

function ask() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(bring);
}

new MutationObserver(ask).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-current'] });
addEventListener('resize', () => {
  if (innerWidth === width) return;
  [brought, width] = [new WeakMap(), innerWidth];
  ask();
});
ask();
