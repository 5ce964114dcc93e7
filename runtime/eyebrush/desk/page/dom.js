// A little help with the document. Texts are always set as text, never as markup.

export const $ = (id) => document.getElementById(id);

/** An element with properties (and data-..., aria-... attributes) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Set a text only where it changes: what did not change is not read out again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Ask the API; throws an Error with the desk's own words. The path is below this page's own. */
export async function api(method, path, body, type = "application/json") {
  const raw = body instanceof Blob;
  const answer = await fetch("api/" + path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": type },
    body: body === undefined || raw ? body : JSON.stringify(body),
  });
  const told = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

/** A message for the person; "" takes it away. */
export function say(text) {
  write($("said"), text);
}
