// What the pages do beyond plain links and forms. Without it everything still works, a page at a time.
(() => {
  const dialog = () => document.getElementById('dialog');

  // The theme switch.
  const theme = () => {
    const next = document.documentElement.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark';
    document.documentElement.setAttribute('data-bs-theme', next);
    localStorage.setItem('tuco-theme', next);
  };

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without a secure context there is no clipboard for scripts; the selection is copied the old way.
      const range = document.createRange();
      source.select ? source.select() : (range.selectNodeContents(source), getSelection().removeAllRanges(), getSelection().addRange(range));
      document.execCommand('copy');
    }
    const label = button.querySelector('[data-label]');
    const before = label.textContent;
    label.textContent = 'Copied';
    setTimeout(() => { label.textContent = before; }, 2000);
  };

  // A link marked data-dialog shows the other page's content over this one.
  const show = (html) => {
    const body = new DOMParser().parseFromString(html, 'text/html').querySelector('[data-dialog-body]');
    if (!body) return false;
    dialog().replaceChildren(document.importNode(body, true));
    if (!dialog().open) dialog().showModal();
    const first = dialog().querySelector('[autofocus], input:not([type=hidden]), select, textarea, button');
    if (first) first.focus();
    return true;
  };

  // A click beside the dialogue must not lose what was typed in it.
  const typed = () => [...dialog().querySelectorAll('input:not([type=hidden]), textarea')]
    .some((field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked);

  const openDialog = async (link) => {
    const answer = await fetch(link.href, { headers: { Accept: 'text/html' } });
    if (!answer.ok || !show(await answer.text())) location.assign(link.href);
  };

  // A form tells on the spot what is wrong with it, and keeps what was typed.
  const complain = (form, problem) => {
    form.querySelectorAll('.is-invalid').forEach((input) => {
      input.classList.remove('is-invalid');
      input.removeAttribute('aria-invalid');
    });
    form.querySelectorAll('[data-fault]').forEach((old) => old.remove());
    const rest = [];
    (problem.errors || []).forEach(({ field, message }) => {
      const input = form.querySelector(`[name="${CSS.escape(field)}"]:not([type=hidden])`);
      if (!input) { rest.push(message); return; }
      const fault = document.createElement('div');
      fault.className = 'invalid-feedback d-block';
      fault.dataset.fault = '';
      fault.id = `fault-${field}`;
      const label = input.labels && input.labels[0] ? input.labels[0].firstChild.textContent.trim() : field;
      const words = message.startsWith(`${field} `) ? label + message.slice(field.length) : message;
      fault.textContent = words.charAt(0).toUpperCase() + words.slice(1);
      input.classList.add('is-invalid');
      input.setAttribute('aria-invalid', 'true');
      input.setAttribute('aria-describedby', fault.id);
      input.after(fault);
    });
    if (!(problem.errors || []).length || rest.length) {
      const alert = document.createElement('div');
      alert.className = 'alert alert-danger';
      alert.setAttribute('role', 'alert');
      alert.dataset.fault = '';
      alert.textContent = rest.join(' ') || (problem.code === 'READ_ONLY' ? problem.detail : problem.error) || 'That did not work. Please try again.';
      if (problem.link) {
        const link = document.createElement('a');
        link.href = problem.link.href;
        link.textContent = problem.link.text;
        if (problem.link.aside) link.target = '_blank';
        alert.append(' ', link);
      }
      form.prepend(alert);
    }
    const first = form.querySelector('.is-invalid, [data-fault]');
    if (first && first.focus) first.focus();
  };

  // Whoever signed in again in another tab has another token; what was typed here is still good.
  const renewed = async (form) => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
    const token = page.querySelector('input[name=csrf]')?.value;
    const field = form.querySelector('input[name=csrf]');
    if (!token || !field || field.value === token) return false;
    document.querySelectorAll('input[name=csrf]').forEach((each) => { each.value = token; });
    return true;
  };

  const send = async (form, submitter) => {
    const data = new URLSearchParams(new FormData(form, submitter));
    if (submitter) submitter.disabled = true;
    const resting = submitter?.dataset.busy && submitter.textContent;
    if (resting) submitter.textContent = submitter.dataset.busy;
    try {
      // A button may have an address of its own.
      const action = submitter && submitter.hasAttribute('formaction') ? submitter.formAction : form.action;
      const answer = await fetch(action, {
        method: 'POST', body: data,
        headers: { 'X-Tuco-Form': '1', Accept: 'application/problem+json, text/html;q=0.1' },
      });
      const next = answer.headers.get('X-Tuco-Location');
      if (next) { location.assign(next); return; }
      if (answer.redirected && new URL(answer.url).pathname.endsWith('/sign-in') && location.pathname !== new URL(answer.url).pathname) {
        const door = new URL(answer.url).pathname;
        complain(form, { error: 'You are signed out. Nothing you typed is lost: sign in in another tab, then send this again.', link: { href: door, text: 'Sign in', aside: true } });
        return;
      }
      if (answer.redirected) { location.assign(answer.url); return; }
      const type = answer.headers.get('Content-Type') || '';
      if (type.includes('json')) {
        const problem = await answer.json();
        if (problem.code === 'csrf' && await renewed(form)) {
          if (submitter) submitter.disabled = false;
          await send(form, submitter);
          return;
        }
        complain(form, problem);
        return;
      }
      const html = await answer.text();
      if (!show(html)) complain(form, {});
    } catch {
      complain(form, { error: 'The server could not be reached. Nothing was lost; please try again.' });
    } finally {
      if (submitter) submitter.disabled = false;
      if (resting) submitter.textContent = resting;
    }
  };

  document.addEventListener('click', (event) => {
    const target = event.target.closest('[data-theme], [data-copy], [data-close], [data-nav], a[data-dialog]');
    if (!target) {
      if (dialog() && event.target === dialog() && !dialog().querySelector('[data-keep]') && !typed()) dialog().close();
      return;
    }
    if (target.matches('a[data-dialog]')) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openDialog(target);
    } else if (target.matches('[data-copy]')) {
      copy(target);
    } else if (target.matches('[data-close]')) {
      if (target.closest('dialog')) { event.preventDefault(); dialog().close(); }
    } else if (target.matches('[data-nav]')) {
      const open = document.body.classList.toggle('nav-open');
      target.setAttribute('aria-expanded', String(open));
    } else {
      theme();
    }
  });

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method.toLowerCase() !== 'post' || form.hasAttribute('data-plain')) return;
    event.preventDefault();
    send(form, event.submitter);
  });

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.matches('[data-quick]')) event.target.form.requestSubmit();
  });

  // Fields that matter only for one choice: data-when="name=value".
  const reveal = () => document.querySelectorAll('[data-when]').forEach((part) => {
    const [name, value] = part.dataset.when.split('=');
    const field = part.closest('form').querySelector(`[name="${name}"]:checked, select[name="${name}"]`);
    part.hidden = !field || field.value !== value;
  });
  document.addEventListener('change', reveal);
  new MutationObserver(reveal).observe(document.documentElement, { childList: true, subtree: true });
  reveal();

  // Ticking rows: all at once, how many, and what can be done with them.
  const ticks = () => document.querySelectorAll('[data-ticked]').forEach((acts) => {
    const form = acts.closest('form');
    const boxes = [...form.querySelectorAll(`input[name="${acts.dataset.ticked}"]`)];
    const count = boxes.filter((box) => box.checked).length;
    acts.hidden = count === 0;
    acts.querySelector('[data-count]').textContent = count;
    const all = form.querySelector('[data-all]');
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  });
  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-all]')) {
      event.target.form.querySelectorAll(`input[name="${event.target.dataset.all}"]`).forEach((box) => { box.checked = event.target.checked; });
    }
    ticks();
  });
  document.addEventListener('htmx:afterSwap', ticks);
  ticks();

  // Live parts: who is signed out goes to the door instead of losing the part, and a part that cannot be had says so.
  document.addEventListener('htmx:beforeSwap', (event) => {
    const path = new URL(event.detail.xhr.responseURL || location.href, location.href).pathname;
    if (path === '/sign-in' || path === '/workspaces' || path === '/staff/sign-in') {
      event.detail.shouldSwap = false;
      location.assign(path === '/sign-in' ? `/sign-in?next=${encodeURIComponent(location.pathname)}` : path);
    }
  });
  // A part that refreshes itself waits while somebody is in it with the keyboard, marks text in it, or has opened something in it.
  document.addEventListener('htmx:beforeRequest', (event) => {
    const part = event.target;
    const polled = event.detail.requestConfig.verb === 'get' && !event.detail.requestConfig.triggeringEvent;
    const selection = getSelection();
    const marked = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    if (polled && (part.querySelector(':focus-visible, details[open]') || marked)) event.preventDefault();
  });
  const stale = (text) => {
    let note = document.getElementById('stale');
    if (!text) { note?.remove(); return; }
    if (!note) {
      note = document.createElement('div');
      note.id = 'stale';
      note.setAttribute('role', 'status');
      document.body.append(note);
    }
    note.textContent = text;
  };
  document.addEventListener('htmx:afterRequest', (event) => { if (event.detail.successful) stale(null); });
  document.addEventListener('htmx:sendError', () => stale('The server cannot be reached. What you see may be old; it is tried again.'));
  document.addEventListener('htmx:responseError', (event) => {
    const title = new DOMParser().parseFromString(event.detail.xhr.responseText, 'text/html').querySelector('[data-sentence]');
    stale(title ? title.textContent : 'This could not be refreshed. What you see may be old; it is tried again.');
  });

  // An address that names an operation of the reference opens it.
  const target = () => {
    const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named && named.tagName === 'DETAILS') named.open = true;
  };
  addEventListener('hashchange', target);
  target();

  // After a secret was shown in the dialog, the page behind shows what is new.
  dialog()?.addEventListener('close', () => {
    if (dialog().querySelector('[data-reload]')) location.reload();
  });
  dialog()?.addEventListener('cancel', (event) => {
    if (dialog().querySelector('[data-keep]')) event.preventDefault();
  });
})();
