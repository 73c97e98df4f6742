// What the browser keeps for us. Storage may be forbidden or full: then a choice lasts as long as the page.
const memory = new Map();

const attempt = (action) => {
  try {
    return action();
  } catch {
    return null;
  }
};

export const keep = {
  get: (key) => attempt(() => localStorage.getItem(`patchcord.${key}`)) ?? memory.get(key) ?? null,
  set(key, value) {
    memory.set(key, value);
    attempt(() => localStorage.setItem(`patchcord.${key}`, value));
  },
};

/** The token: for this tab, or (when the person ticks it) for this browser. */
export const keptToken = {
  get: () =>
    attempt(() => sessionStorage.getItem('patchcord.token')) ??
    attempt(() => localStorage.getItem('patchcord.token')) ??
    memory.get('token') ??
    null,
  set(token, remember) {
    this.forget();
    memory.set('token', token);
    attempt(() => (remember ? localStorage : sessionStorage).setItem('patchcord.token', token));
  },
  forget() {
    memory.delete('token');
    attempt(() => sessionStorage.removeItem('patchcord.token'));
    attempt(() => localStorage.removeItem('patchcord.token'));
  },
};
