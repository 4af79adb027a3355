/* Sets the theme before the first paint; a file of its own because the CSP allows no inline script. */
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem("tidings.theme");
  } catch (_) {
    /* storage refused: the system's theme is used */
  }
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
})();
