// Passkeys: asks the server for options, the browser for the key, and sends the form. Holds no words.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

// Browsers with the older engines that many offices still have know no parse…FromJSON and no toJSON.
const withBytes = (list) => (list ?? []).map((item) => ({ ...item, id: bytes(item.id) }));

function asOptions(given) {
  const options = { ...given, challenge: bytes(given.challenge) };
  if (given.user) options.user = { ...given.user, id: bytes(given.user.id) };
  if (given.excludeCredentials) options.excludeCredentials = withBytes(given.excludeCredentials);
  if (given.allowCredentials) options.allowCredentials = withBytes(given.allowCredentials);
  return options;
}

function asJson(credential) {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    said.attestationObject = text(response.attestationObject);
    said.transports = response.getTransports?.() ?? [];
  } else {
    said.authenticatorData = text(response.authenticatorData);
    said.signature = text(response.signature);
    said.userHandle = text(response.userHandle);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: said,
  };
}

function say(form, name) {
  const words = form.querySelector(`template[data-passkey-${name}]`);
  form.querySelector("[data-passkey-said]").replaceChildren(words.content.cloneNode(true));
}

async function ask(form) {
  const answer = await fetch(form.dataset.begin, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  if (!answer.ok || answer.redirected) throw new Error("no options");
  return answer.json();
}

async function prove(form) {
  let options;
  try {
    options = await ask(form);
  } catch {
    return say(form, "unreachable");
  }
  const isNew = form.dataset.passkey === "create";
  try {
    const publicKey = asOptions(options.publicKey);
    const credential = await navigator.credentials[isNew ? "create" : "get"]({ publicKey });
    form.elements.credential.value = JSON.stringify(asJson(credential));
  } catch {
    return say(form, "trouble");
  }
  form.submit();
}

// A number is no host name: browsers make no passkeys for it.
const isPossible = Boolean(window.PublicKeyCredential) && !/^(\d+(\.\d+){3}|\[.*\])$/.test(location.hostname);
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!isPossible) {
    const words = document.querySelector("template[data-passkey-impossible]");
    if (words) words.replaceWith(words.content.cloneNode(true));
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    prove(form);
  });
}
