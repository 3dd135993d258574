// The import page: the browser sends the head of the file for a preview, and then the file itself as it reads it from disk.
(() => {
  const HEAD = 256 * 1024;
  const form = document.querySelector('[data-import]');
  if (!form) return;
  const part = (name) => form.querySelector(`[data-import-${name}]`);
  const [file, button] = [form.querySelector('#file'), form.querySelector('[type=submit]')];
  let asked = 0;
  let sending = false;

  const complain = (problem) => {
    part('fault').textContent = (problem && (problem.code === 'READ_ONLY' ? problem.detail : problem.error)) || '';
    part('fault').hidden = !problem;
  };

  const target = (more) => {
    const query = new URLSearchParams(more);
    ['listName', 'defaultCountryCode', 'delimiter'].forEach((name) => {
      if (form.elements[name].value.trim()) query.set(name, form.elements[name].value.trim());
    });
    const columns = [...form.querySelectorAll('[data-column]')];
    if (columns.length) query.set('mapping', JSON.stringify(Object.fromEntries(columns.map((column) => [column.dataset.column, column.value]))));
    return `${form.getAttribute('action')}?${query}`;
  };

  const headers = {
    'Content-Type': 'text/csv', 'X-CSRF-Token': form.elements.csrf.value, 'X-Tuco-Form': '1',
    Accept: 'application/problem+json, text/html;q=0.1',
  };

  // What a cut takes from the last line is not shown as its content.
  const head = async () => {
    if (file.files[0].size <= HEAD) return file.files[0];
    const bytes = new Uint8Array(await file.files[0].slice(0, HEAD).arrayBuffer());
    return bytes.slice(0, bytes.lastIndexOf(10) + 1 || bytes.length);
  };

  const preview = async () => {
    const mine = ++asked;
    button.disabled = true;
    complain(null);
    if (!file.files.length) { part('preview').replaceChildren(); return; }
    const at = [...form.querySelectorAll('[data-column]')].indexOf(document.activeElement);
    try {
      const answer = await fetch(target({ preview: 'true' }), { method: 'POST', body: await head(), headers });
      const html = answer.ok && await answer.text();
      if (mine !== asked) return;
      if (!answer.ok) { part('preview').replaceChildren(); complain(await answer.json()); return; }
      part('preview').replaceChildren(...new DOMParser().parseFromString(html, 'text/html').body.childNodes);
      if (at >= 0) form.querySelectorAll('[data-column]')[at]?.focus();
      button.disabled = !part('preview').querySelector('[data-import-ready=true]');
    } catch {
      if (mine === asked) complain({ error: 'The file or the server could not be reached. Please choose the file again.' });
    }
  };

  form.addEventListener('change', (event) => {
    if (event.target.name === 'listName') return;
    // Another file or another separator has other columns.
    if (event.target === file || event.target.name === 'delimiter') part('preview').replaceChildren();
    preview();
  });

  const end = (problem) => {
    sending = false;
    part('progress').hidden = true;
    form.querySelectorAll('input, select').forEach((field) => { field.disabled = false; });
    button.disabled = false;
    complain(problem);
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    complain(null);
    const upload = new XMLHttpRequest();
    upload.open('POST', target({}));
    Object.entries(headers).forEach(([name, value]) => upload.setRequestHeader(name, value));
    upload.upload.addEventListener('progress', ({ loaded, total }) => {
      form.querySelector('#sent').value = total ? loaded / total : 1;
      part('sent').textContent = `${Math.floor(total ? 100 * loaded / total : 100)} %`;
    });
    upload.addEventListener('load', () => {
      const next = upload.getResponseHeader('X-Tuco-Location');
      sending = false;
      if (next) { location.assign(next); return; }
      try { end(JSON.parse(upload.responseText)); } catch { end({ error: 'That did not work. Please try again.' }); }
    });
    upload.addEventListener('error', () => end({ error: 'The connection broke off. What was saved stays; please send the same file again.' }));
    upload.send(file.files[0]);
    part('progress').hidden = false;
    form.querySelectorAll('input, select').forEach((field) => { field.disabled = true; });
    button.disabled = true;
    const look = () => { if (sending) { document.body.dispatchEvent(new Event('look')); setTimeout(look, 2000); } };
    setTimeout(look, 500);
  });

  addEventListener('beforeunload', (event) => {
    if (sending) event.preventDefault();
  });
})();
