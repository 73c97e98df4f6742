// Who the client of a call is, as the built-in CRM knows it.
import { kindOf, kindTone } from './clients.js';
import { fill, foreign, h, icon } from './dom.js';
import { clientsOf, numberOf } from './known-clients.js';
import { operatorName } from './people.js';
import { sheetLink } from './sheet.js';
import { phone } from './speak.js';

let place = null;
let clients = [];

/** Shows everybody with the number of the call in `box`; nothing when nobody is known. */
export async function callClient(box, call) {
  place = box;
  clients = [];
  const number = call.direction === 'internal' ? null : numberOf(call);
  if (number === null) return;
  let found;
  try {
    found = await clientsOf(number);
  } catch {
    // The call is shown all the same; a lost connection tells of itself.
    return;
  }
  if (place !== box) return;
  clients = found;
  drawCallClient();
}

export function drawCallClient() {
  if (place === null) return;
  fill(
    place,
    clients.length > 0 &&
      h(
        'ul',
        { class: 'stack clients-of' },
        clients.map((each) => h('li', {}, line(each))),
      ),
  );
}

const line = (client) =>
  h(
    'a',
    { ...sheetLink('client', client.id), class: 'activity-call' },
    h('span', { class: 'direction' }, icon('client')),
    h(
      'span',
      { class: 'names' },
      foreign(client.phones.includes(client.name) ? phone(client.name) : client.name, { class: 'main' }),
      h(
        'span',
        { class: 'below' },
        foreign([operatorName(client.responsible), client.source].filter(Boolean).join(' · ')),
      ),
    ),
    h('span', { class: `pill pill-${kindTone(client)}` }, kindOf(client)),
  );
