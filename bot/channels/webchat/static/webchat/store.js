// What the browser keeps. Storage may be switched off: then a reload forgets what was not sent yet.

function guarded(kind) {
  let closed = false;
  return {
    get(name) {
      try {
        return JSON.parse(window[kind].getItem(`chat-${name}`));
      } catch {
        return null;
      }
    },
    set(name, value) {
      if (closed) return;
      try {
        window[kind].setItem(`chat-${name}`, JSON.stringify(value));
      } catch {
        // Full or forbidden.
      }
    },
    // For good: until the next page has come this script runs on, and must write nothing back.
    clear() {
      closed = true;
      try {
        window[kind].clear();
      } catch {
        // Forbidden.
      }
    },
  };
}

export const ofThisTab = guarded("sessionStorage");
// Holds no words: only a mark by which tabs see that another one began a new session.
export const ofAllTabs = guarded("localStorage");

// crypto.randomUUID is missing where the page is not served securely.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
