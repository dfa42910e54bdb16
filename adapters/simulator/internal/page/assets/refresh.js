// Follows the world: when something changed, fetches this page again and replaces the parts marked data-live.
(function () {
  "use strict";
  var source = null, timer = null, busy = false, again = false;

  function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    fetch(location.href, { headers: { "Accept": "text/html" }, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error("status " + answer.status); } return answer.text(); })
      .then(apply)
      .catch(function () { /* the world is gone or restarting; the stream reconnects and asks again */ })
      .finally(function () { busy = false; if (again) { again = false; later(); } });
  }

  function apply(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html"), changed = false;
    document.querySelectorAll("[data-live]").forEach(function (part) {
      var next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML) { return; }
      var focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      part.innerHTML = next.innerHTML;
      if (focused) {
        var link = Array.prototype.find.call(part.querySelectorAll("a"), function (a) { return a.getAttribute("href") === focused; });
        if (link) { link.focus({ preventScroll: true }); }
      }
      changed = true;
    });
    var news = document.getElementById("news");
    if (changed && news) { news.textContent = ""; window.setTimeout(function () { news.textContent = news.dataset.text; }, 50); }
  }

  function later() { window.clearTimeout(timer); timer = window.setTimeout(refresh, 120); }

  function listen() {
    if (source || document.hidden) { return; }
    source = new EventSource("/eventi");
    source.addEventListener("change", later);
    source.addEventListener("open", later);
  }

  // A browser allows few connections to one host, so a page nobody looks at gives its own back.
  document.addEventListener("visibilitychange", function () {
    if (document.hidden && source) { source.close(); source = null; } else { listen(); }
  });
  listen();
})();
