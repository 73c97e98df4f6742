// Contacts out of a file: first what would be done, then doing it.
import { send } from './api.js';
import { refreshClients } from './clients.js';
import { fill, foreign, h } from './dom.js';
import { forgetKnownClients } from './known-clients.js';
import { explained, wentWrong } from './notice.js';
import { addSheet, closeSheet } from './sheet.js';
import { t } from './speak.js';

/** What the API takes, with room for what JSON adds. */
const bytesMax = 8 * 1024 * 1024;

let place = null;
/** {name, text, report, done, fault, busy}; null before a file is chosen */
let chosen = null;

export function startImportSheet() {
  addSheet('import', {
    open(_id, box) {
      place = box;
      chosen = null;
      draw();
    },
    draw,
    close() {
      place = null;
      chosen = null;
    },
  });
}

function draw() {
  if (place === null) return;
  const input = h('input', {
    type: 'file',
    id: 'import-file',
    accept: '.csv,.tsv,.txt,.vcf,.vcard,text/csv,text/vcard',
    class: 'unseen',
    onchange: () => void choose(input.files[0]),
  });
  fill(
    place,
    h('h2', {}, t('client.import')),
    h('p', { class: 'lead' }, t('import.hint')),
    h(
      'p',
      { class: 'file' },
      input,
      h('label', { for: 'import-file', class: 'button' }, t(chosen === null ? 'import.choose' : 'import.another')),
      chosen !== null && foreign(chosen.name),
    ),
    chosen !== null && outcome(chosen),
  );
}

function outcome({ report, done, fault, busy }) {
  if (busy) return h('div', { class: 'skeletons' }, h('div', { class: 'skeleton' }), h('div', { class: 'skeleton' }));
  if (fault !== null) {
    const { what, mend } = fault;
    return h('p', { class: 'form-fault', role: 'alert' }, what, mend && h('span', { class: 'mend' }, mend));
  }
  const { added, known, refused } = report;
  const line = (word, n) => h('div', {}, h('dt', {}, t(word)), h('dd', {}, String(n)));
  return [
    h('h3', {}, t(done ? 'import.done' : 'import.would')),
    h(
      'dl',
      { class: 'figures' },
      line(done ? 'import.added' : 'import.toAdd', added),
      line('import.known', known),
      line('import.refused', refused.length === 100 ? '100+' : refused.length),
    ),
    refused.length > 0 && [
      h('h3', {}, t('import.whyRefused')),
      h(
        'ul',
        { class: 'files' },
        refused.map(({ contact, reason }) => h('li', {}, foreign(contact), ': ', reason)),
      ),
    ],
    h(
      'div',
      { class: 'form-buttons' },
      !done &&
        added > 0 &&
        h(
          'button',
          { type: 'button', class: 'button button-main', onclick: () => void read(false) },
          t('import.go', { n: added }),
        ),
      h('button', { type: 'button', class: 'button', onclick: closeSheet }, t(done ? 'call.close' : 'cancel')),
    ),
  ];
}

async function choose(file) {
  if (!file) return;
  chosen = { name: file.name, text: '', report: null, done: false, fault: null, busy: true };
  draw();
  if (file.size > bytesMax) {
    chosen = { ...chosen, busy: false, fault: { what: t('import.tooLarge'), mend: t('import.tooLargeMend') } };
    draw();
    return;
  }
  chosen.text = decoded(await file.arrayBuffer());
  await read(true);
}

/** Tables of an older Excel are in the Windows letters of the country: here, Cyrillic. */
function decoded(bytes) {
  const [first, second] = new Uint8Array(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1251').decode(bytes);
  }
}

async function read(dryRun) {
  const mine = { ...chosen, busy: true, fault: null };
  chosen = mine;
  draw();
  let next;
  try {
    const report = await send('POST', `/clients/import${dryRun ? '?dryRun=true' : ''}`, { file: mine.text });
    next = { ...mine, busy: false, report, done: !dryRun };
    if (!dryRun) {
      forgetKnownClients();
      refreshClients();
    }
  } catch (error) {
    if (error.status === 401) wentWrong(error);
    next = { ...mine, busy: false, fault: explained(error) };
  }
  if (chosen !== mine) return;
  chosen = next;
  draw();
}
