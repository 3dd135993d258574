// The builder of campaigns: placeholders go where the cursor is, and nobody leaves with unsaved words by mistake.
(() => {
  let last = null;
  let dirty = false;

  document.addEventListener('focusin', (event) => {
    if (event.target.matches('textarea.text')) last = event.target;
  });

  document.addEventListener('click', (event) => {
    const chip = event.target.closest('[data-insert]');
    if (!chip) return;
    const step = chip.closest('[data-step]');
    const field = last && step.contains(last) ? last : step.querySelector('textarea.text');
    const text = chip.dataset.insert;
    const start = field.selectionStart;
    field.setRangeText(text, start, field.selectionEnd, 'end');
    field.focus();
    // The cursor stands where the fallback is written.
    if (text.endsWith('|}')) field.setSelectionRange(start + text.length - 1, start + text.length - 1);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });

  document.addEventListener('input', (event) => {
    if (event.target.closest('[data-dirty]') && !event.target.name.startsWith('preview')) dirty = true;
  });
  document.addEventListener('htmx:beforeRequest', (event) => {
    if (event.target.matches('[data-dirty] [name="do"]')) dirty = true;
  });
  // A page that refreshes itself waits while somebody has something open in the part that would be replaced.
  document.addEventListener('htmx:beforeRequest', (event) => {
    const part = event.target;
    if (event.detail.requestConfig.verb === 'get' && part.id === 'campaign' && part.querySelector('details[open]')) event.preventDefault();
  });
  document.addEventListener('submit', (event) => {
    if (event.target.matches('[data-dirty]')) dirty = false;
  });
  addEventListener('beforeunload', (event) => {
    if (dirty) event.preventDefault();
  });
})();
