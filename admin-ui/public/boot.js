// Runs before the first paint so that a chosen theme or language never flashes; a file, because the page allows no inline script.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('sportello.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    var language = localStorage.getItem('sportello.language');
    if (language === 'it' || language === 'en') root.lang = language;
  } catch {
    // Storage may be switched off: the system's theme and Italian apply.
  }
})();
