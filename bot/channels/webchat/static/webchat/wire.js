// The contract's endpoints. The session is a cookie that no script can read.

const WAIT_MS = 15000;

export class Refused extends Error {
  constructor(status, error, waitSeconds) {
    super(error.message || "");
    this.status = status;
    this.code = error.code || "";
    this.waitSeconds = waitSeconds;
  }
}

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  return new Refused(response.status, body.error || {}, Number(response.headers.get("Retry-After")) || 2);
}

// Rejects with Refused for an answer that is a refusal, with another error when no answer came.
async function call(path, body, read = (response) => response.json()) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), WAIT_MS);
  // What is on its way when the page is hidden still arrives.
  const post = { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const options = { credentials: "same-origin", cache: "no-store", signal: control.signal };
    const response = await fetch(`/chat/api/${path}`, body ? { ...options, ...post } : options);
    if (!response.ok) throw await refusal(response);
    return await read(response);
  } finally {
    clearTimeout(timer);
  }
}

export const openSession = (language, start) => call("sessions", { language, start });
export const sendMessage = (message) => call("messages", message);
export const readMessages = (after) => call(`messages?after=${after}`);
export const readVoice = (id) => call(`voices/${id}`, undefined, (response) => response.blob());
export const tellTyping = () => call("typing", {});
export const chooseLanguage = (language) => call("language", { language });
export const streamAddress = (after) => `/chat/api/stream?after=${after}`;
