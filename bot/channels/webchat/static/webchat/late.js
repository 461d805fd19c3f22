// Whoever waits for the chat's script, or has a browser too old for it, sees a way out: try again, or call.
// Plain ES5 and a file of its own, so that it runs where chat.js does not. Send is off until chat.js listens.

(function () {
  "use strict";
  var AFTER_MS = 8000;
  var send = document.getElementById("send");

  function look() {
    if (send.disabled) document.getElementById("late").hidden = false;
  }

  // A script that does not load tells only its own element, one that breaks tells the window.
  window.addEventListener("error", function (event) {
    if (event.target === window || event.target.tagName === "SCRIPT") look();
  }, true);
  setTimeout(look, AFTER_MS);

  // What was typed is there again after the reload; see store.js.
  document.getElementById("reload").addEventListener("click", function () {
    var typed = document.getElementById("text").value;
    try {
      if (typed) sessionStorage.setItem("chat-draft", JSON.stringify(typed));
    } catch (error) {
      // Full or forbidden.
    }
  });
})();
