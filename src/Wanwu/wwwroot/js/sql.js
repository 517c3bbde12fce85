// The field in which SQL is written: Ctrl+Enter runs, Tab indents (after Escape it moves on, as everywhere), and names are put in where the cursor is.
const put = (field, text) => {
  field.focus();
  // execCommand keeps the browser's undo; what has not got it is served by setRangeText.
  if (!document.execCommand('insertText', false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
};

const tell = field => field.dispatchEvent(new Event('change', { bubbles: true }));

export function attach(room) {
  const field = room?.querySelector('[data-sql-text]');
  if (!field) return;
  let leaves = false;
  field.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      tell(field);
      room.querySelector('[data-sql-run]')?.click();
    } else if (event.key === 'Tab' && !event.shiftKey && !leaves) {
      event.preventDefault();
      put(field, '  ');
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      const before = field.value.slice(0, field.selectionStart);
      const indent = /[^\n]*$/.exec(before)[0].match(/^ */)[0];
      if (indent) {
        event.preventDefault();
        put(field, '\n' + indent);
      }
    }
    leaves = event.key === 'Escape';
  });
  room.addEventListener('click', event => {
    const name = event.target.closest('[data-insert]')?.dataset.insert;
    if (!name) return;
    const before = field.value.slice(0, field.selectionStart);
    put(field, (before && !/[\s(.,]$/.test(before) ? ' ' : '') + name);
    tell(field);
  });
}
