// Before the first paint: the theme somebody chose, else the one of their system.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const chosen = localStorage.getItem('tuco-theme');
    document.documentElement.setAttribute('data-bs-theme', chosen || (system.matches ? 'dark' : 'light'));
  };
  system.addEventListener('change', apply);
  apply();
})();
