// Language and theme, menus, copy buttons: everything that must work with or without a circuit. One listener on the document each.
const year = 31536000;

function remember(name, value) {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${year}; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;
}

function markTheme() {
  const theme = document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll('[data-theme-choice]')) {
    button.setAttribute('aria-pressed', String(button.dataset.themeChoice === theme));
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details[data-menu][open]')) {
    if (menu !== except) menu.open = false;
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard without TLS beyond localhost: select the text, so that Ctrl-C takes it.
    getSelection().selectAllChildren(source);
    return;
  }
  const before = button.textContent;
  button.textContent = button.dataset.copied ?? before;
  button.setAttribute('aria-live', 'polite');
  setTimeout(() => { button.textContent = before; }, 1500);
}

document.addEventListener('click', event => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  const language = target.closest('[data-language]');
  if (language) {
    remember('wanwu-language', language.dataset.language);
    location.reload();
    return;
  }
  const theme = target.closest('[data-theme-choice]');
  if (theme) {
    remember('wanwu-theme', theme.dataset.themeChoice);
    document.documentElement.dataset.theme = theme.dataset.themeChoice;
    markTheme();
  }
  const copier = target.closest('[data-copy]');
  if (copier) copy(copier);
  const menu = target.closest('details[data-menu]');
  closeMenus(menu);
  if (menu && target.closest('.menu-list a, .menu-list button') && !target.closest('[data-keep-open]')) menu.open = false;
  const skip = target.closest('[data-skip]');
  if (skip) {
    event.preventDefault();
    document.getElementById('main')?.focus();
  }
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  const open = document.querySelector('details[data-menu][open]');
  if (!open) return;
  open.open = false;
  open.querySelector('summary').focus();
});

// The circuit writes the page anew when it takes over and when one moves on; the choice is marked again then.
new MutationObserver(markTheme).observe(document.body, { childList: true, subtree: true });
markTheme();
