/* Asks the browser for a passkey and sends its answer with the form around the button. */
(() => {
  "use strict";

  const toBytes = (text) => {
    const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  };
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const readable = (options) => {
    const key = { ...options.publicKey };
    key.challenge = toBytes(key.challenge);
    if (key.user) key.user = { ...key.user, id: toBytes(key.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (key[list]) key[list] = key[list].map((one) => ({ ...one, id: toBytes(one.id) }));
    }
    return { publicKey: key };
  };

  const written = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const ask = async (button) => {
    const form = button.form;
    const failed = form.querySelector("[data-passkey-failed]");
    const options = readable(JSON.parse(document.getElementById("passkey-options").textContent));
    failed.hidden = true;
    try {
      const act = form.dataset.passkey === "create" ? "create" : "get";
      form.querySelector("[data-passkey-answer]").value = written(await navigator.credentials[act](options));
      form.requestSubmit();
    } catch {
      failed.hidden = false;
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[data-passkey-start]");
    if (!window.PublicKeyCredential) continue;
    button.disabled = false;
    form.querySelector("[data-passkey-missing]").hidden = true;
    button.addEventListener("click", () => ask(button));
  }
})();
