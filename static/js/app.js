/* Comfort only: every page works without this file. */
(() => {
  "use strict";

  const all = (selector, root = document) => root.querySelectorAll(selector);

  /* Ask before leaving a form with unsaved changes. */
  let unsaved = Boolean(document.querySelector("form[data-guard] [data-error-summary]"));
  const guardLeaving = () => {
    document.addEventListener("input", (event) => {
      if (event.target.closest?.("form[data-guard]")) unsaved = true;
    });
    window.addEventListener("beforeunload", (event) => {
      if (unsaved) event.preventDefault();
    });
  };

  /* Stop the second submit of a form and show that the first is on its way. */
  const stopDoubleSubmit = () => {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (event.defaultPrevented) return;
      if (form.hasAttribute("data-guard")) unsaved = false;
      if (form.method !== "post" || form.hasAttribute("data-no-busy")) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      event.submitter?.setAttribute("aria-busy", "true");
      if (form.hasAttribute("data-keep-scroll")) remember(window.scrollY);
    });
    window.addEventListener("pageshow", () => {
      for (const form of all("form[data-sent]")) delete form.dataset.sent;
      for (const button of all("form [aria-busy]")) button.removeAttribute("aria-busy");
    });
  };

  /* Come back to the same place after a form on a long list was sent. */
  const place = `scroll:${location.pathname}`;
  const remember = (y) => {
    try { sessionStorage.setItem(place, String(y)); } catch { /* storage is closed */ }
  };
  const restoreScroll = () => {
    try {
      const y = sessionStorage.getItem(place);
      sessionStorage.removeItem(place);
      if (y && !document.querySelector("[data-error-summary]")) window.scrollTo(0, Number(y));
    } catch { /* storage is closed */ }
  };

  /* Fetch a fragment again and again until it stops asking for it. */
  const refresh = (element) => {
    const seconds = Number(element.dataset.refreshSeconds) || 3;
    setTimeout(async () => {
      if (!element.isConnected) return;
      if (document.hidden) return refresh(element);
      try {
        const answer = await fetch(element.dataset.refreshUrl, {
          headers: { "X-Requested-With": "XMLHttpRequest" },
          credentials: "same-origin",
        });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.body.firstElementChild;
        if (!fresh) throw new Error("empty");
        const changed = fresh.dataset.stage !== element.dataset.stage;
        element.setAttribute("aria-live", changed ? "polite" : "off");
        element.replaceChildren(...fresh.childNodes);
        element.dataset.stage = fresh.dataset.stage ?? "";
        if (!fresh.dataset.refreshUrl) {
          if (fresh.hasAttribute("data-reload")) location.reload();
          return;
        }
        refresh(element);
      } catch {
        element.dataset.refreshSeconds = String(Math.min(seconds * 2, 60));
        refresh(element);
      }
    }, seconds * 1000);
  };

  /* Order by dragging; the up and down buttons remain the basis. */
  const sortable = (list) => {
    let held = null;
    for (const item of list.children) item.draggable = true;
    list.addEventListener("dragstart", (event) => {
      held = event.target.closest?.("[draggable]");
      held?.classList.add("dragging");
      event.dataTransfer.effectAllowed = "move";
    });
    list.addEventListener("dragover", (event) => {
      const over = event.target.closest("[draggable]");
      if (!held || !over || over.parentNode !== list) return;
      event.preventDefault();
      if (over === held) return;
      const box = over.getBoundingClientRect();
      const below = event.clientY > box.top + box.height / 2;
      list.insertBefore(held, below ? over.nextSibling : over);
    });
    list.addEventListener("dragend", () => {
      held?.classList.remove("dragging");
      held = null;
      [...all("[data-position]", list)].forEach((mark, i) => { mark.textContent = i + 1; });
      if (list.closest("form[data-guard]")) unsaved = true;
    });
  };

  guardLeaving();
  stopDoubleSubmit();
  restoreScroll();
  all("[data-refresh-url]").forEach(refresh);
  all("[data-sortable]").forEach(sortable);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  document.querySelector("[data-error-summary]")?.focus();
})();
