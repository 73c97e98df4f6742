// What the address names: a view, and perhaps a sheet over it. `#/clients/call/demo-1.2` is the call demo-1.2 over the clients.

export const views = ['calls', 'clients', 'tasks', 'deliveries'];
const sheets = ['call', 'client', 'new-client', 'import', 'requests'];

/** {view, sheet, id}; what is not known is the calls without a sheet. */
export function readAddress(hash = location.hash) {
  const parts = hash.replace(/^#\/?/, '').split('/');
  const view = views.includes(parts[0]) ? parts.shift() : 'calls';
  const [sheet, id = ''] = parts;
  return sheets.includes(sheet) ? { view, sheet, id: decoded(id) } : { view, sheet: null, id: '' };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function viewAddress(view) {
  return view === 'calls' ? '#/' : `#/${view}`;
}

/** A sheet over the view that is shown; `id` text or a number. */
export function sheetAddress(sheet, id = '') {
  const { view } = readAddress();
  const start = view === 'calls' ? '#' : `#/${view}`;
  return `${start}/${sheet}${id === '' ? '' : `/${encodeURIComponent(id)}`}`;
}

export function go(address) {
  location.hash = address;
}
