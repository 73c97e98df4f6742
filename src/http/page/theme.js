// Before the first paint, so that a dark page does not flash white: the theme that was chosen here, else the system's.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem('patchcord.theme');
  } catch {
    // Storage may be forbidden; the system's theme it is then.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
