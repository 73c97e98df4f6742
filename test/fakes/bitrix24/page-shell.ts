import { html, Html } from './page-html.ts';
import { UNKIND_KINDS } from './unkindness.ts';

const STYLE = `
:root{color-scheme:light dark;--line:#8883;--soft:#8881}
*{box-sizing:border-box}body{margin:0;font:14px/1.45 system-ui,sans-serif;background:Canvas;color:CanvasText}
header{padding:14px 22px;background:#0b66c3;color:#fff;display:flex;gap:18px;align-items:baseline;flex-wrap:wrap}
h1{font-size:18px;margin:0}header span{opacity:.9}header span b{font-size:16px}
main{padding:14px 22px;display:grid;gap:16px;grid-template-columns:repeat(12,1fr)}
section{grid-column:span 12;border:1px solid var(--line);border-radius:10px;overflow:auto}
@media(min-width:1100px){.half{grid-column:span 6}}
h2{font-size:13px;letter-spacing:.04em;text-transform:uppercase;margin:0;padding:9px 12px;background:var(--soft)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:5px 12px;border-top:1px solid var(--line);white-space:nowrap}
th{font-weight:600;opacity:.65}tbody:empty::after{content:"nothing yet";display:block;padding:9px 12px;opacity:.6}
tr.fresh{animation:fresh 2s}@keyframes fresh{from{background:#ffd54f99}}
.pill{display:inline-block;padding:0 8px;border-radius:9px;font-weight:600}
.good{background:#2e7d3233}.bad{background:#c6282833}.live{background:#ef6c0044}
audio{height:28px;width:230px;vertical-align:middle}small{opacity:.7}
form{display:flex;gap:8px;padding:10px 12px;flex-wrap:wrap;align-items:center}
input,select,button{font:inherit;padding:4px 8px;border-radius:6px;border:1px solid var(--line);background:Field;color:FieldText}
input{width:150px}input[type=number]{width:90px}button{cursor:pointer;background:#0b66c3;color:#fff;border:0;padding:5px 12px}`;

const SCRIPT = `
const shown = new Map();
function fill(name, rows) {
  const body = document.getElementById(name), old = shown.get(name) ?? new Map(), now = new Map();
  let at = body.firstElementChild;
  for (const [key, cells] of rows) {
    let known = old.get(key);
    if (!known || known.cells !== cells) {
      const tr = document.createElement('tr');
      tr.innerHTML = cells;
      if (shown.has(name)) tr.className = 'fresh';
      const playing = known && [...known.tr.querySelectorAll('audio')].some((audio) => !audio.paused);
      if (playing) { now.set(key, known); at = place(body, known.tr, at); continue; }
      if (known) { if (at === known.tr) at = known.tr.nextElementSibling; known.tr.remove(); }
      known = { cells, tr };
    }
    now.set(key, known);
    at = place(body, known.tr, at);
  }
  for (const [key, { tr }] of old) if (!now.has(key)) tr.remove();
  shown.set(name, now);
}
function place(body, tr, at) {
  if (tr === at) return at.nextElementSibling;
  body.insertBefore(tr, at);
  return at;
}
async function refresh() {
  const state = document.getElementById('state');
  try {
    const { tables, counters } = await (await fetch('/fake/state')).json();
    for (const [name, rows] of Object.entries(tables)) fill(name, rows);
    document.getElementById('counters').textContent =
      Object.entries(counters).map(([name, count]) => name + ' ' + count).join(' · ');
    state.textContent = '';
  } catch { state.textContent = 'no answer from the portal'; }
  setTimeout(refresh, 1000);
}
for (const form of document.forms) form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(form, event.submitter)));
  const answer = await fetch(form.getAttribute('action'), { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  form.querySelector('output').textContent = await answer.text();
});
refresh();`;

const table = (id: string, title: string, columns: string[], half = true): Html =>
  html`<section class="${half && 'half'}">
    <h2>${title}</h2>
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th>${column}</th>`)}
        </tr>
      </thead>
      <tbody id="${id}"></tbody>
    </table>
  </section>`;

const ENTITY_COLUMNS = ['id', 'name', 'phones', 'responsible', 'stage'];

const clicks = (users: [number, string][]): Html =>
  html`<section class="half">
    <h2>What people do</h2>
    <form action="/fake/click">
      <select name="userId">
        ${users.map(([id, name]) => html`<option value="${id}">${name}</option>`)}
      </select>
      <input name="phone" value="+79261000001" required />
      <button>Click to call</button><output></output>
    </form>
    <form action="/fake/callback">
      <input name="phone" value="+79990001122" required />
      <input name="text" value="Call from the site" />
      <button>Ask for a callback</button><output></output>
    </form>
  </section>`;

const switchboard = (): Html =>
  html`<section class="half">
    <h2>Unkindness</h2>
    <form action="/fake/unkind">
      <select name="kind">
        ${UNKIND_KINDS.map((kind) => html`<option>${kind}</option>`)}
      </select>
      <input name="method" value="*" title="method, * for any" />
      <input name="probability" type="number" min="0" max="1" step="0.05" value="1" title="probability" />
      <input name="times" type="number" min="1" placeholder="times" />
      <input name="ms" type="number" min="0" placeholder="ms" />
      <button name="do" value="add">Add</button> <button name="do" value="clear">Clear all</button>
      <button name="do" value="down">Down for 10 s</button> <button name="do" value="expire">Expire tokens</button>
      <output></output>
    </form>
    <table>
      <tbody id="rules"></tbody>
    </table>
  </section>`;

/** The page itself: no request leaves the portal, and only this script runs. */
export function pageShell(users: [number, string][], nonce: string): string {
  const tables = [
    table(
      'calls',
      'Calls',
      ['start', 'status', 'type', 'number', 'line', 'talk', 'responsible', 'entity', 'activity', 'record', 'id'],
      false,
    ),
    clicks(users),
    switchboard(),
    table('users', 'Users and the cards on their screens', ['id', 'name', 'inner', 'mobile', 'day', 'cards']),
    table('tasks', 'Tasks', ['id', 'title', 'responsible', 'deadline', 'state', 'links']),
    table('leads', 'Leads', ENTITY_COLUMNS),
    table('contacts', 'Contacts', ENTITY_COLUMNS),
    table('companies', 'Companies', ENTITY_COLUMNS),
    table('deals', 'Deals', ENTITY_COLUMNS),
    table('requests', 'Last requests', ['at', 'method', 'status', 'took', 'befell']),
    table('events', 'Events sent', ['at', 'event', 'to', 'answer', 'took']),
  ];
  return `<!doctype html>${
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Imitated Bitrix24 portal</title>
        <style nonce="${nonce}">
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>Imitated Bitrix24 portal</h1>
          <span id="counters"></span><b id="state"></b>
        </header>
        <main>${tables}</main>
        <script nonce="${nonce}">
          ${new Html(SCRIPT)};
        </script>
      </body>
    </html>`.text
  }`;
}
