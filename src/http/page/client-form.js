// What a person says of a client, new or known.
import { send } from './api.js';
import { selectOf } from './choice.js';
import { clientKinds, refreshClients } from './clients.js';
import { h, fill } from './dom.js';
import { forgetKnownClients } from './known-clients.js';
import { explained, notice, wentWrong } from './notice.js';
import { loadPeople, operators } from './people.js';
import { addSheet, closeSheet, openSheet } from './sheet.js';
import { t } from './speak.js';

/** `client` null: a new one. `save(fields)` rejects with an ApiFailure, which is shown in the form. */
export function clientForm(client, save, cancel) {
  const fields = {
    kind: client?.kind ?? 'contact',
    name: client?.name ?? '',
    phones: client?.phones.join('\n') ?? '',
    responsible: client?.responsible ?? '',
    note: client?.note ?? '',
  };
  const fault = h('p', { class: 'form-fault', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'button button-main' }, t('save'));
  const submit = async (event) => {
    event.preventDefault();
    fill(fault);
    button.disabled = true;
    try {
      await save(saved(fields));
    } catch (error) {
      if (error.status === 401) wentWrong(error);
      const { what, mend } = explained(error);
      fill(fault, what, mend && h('span', { class: 'mend' }, mend));
    } finally {
      button.disabled = false;
    }
  };
  const take = (key) => (event) => {
    fields[key] = event.target.value;
  };
  return h(
    'form',
    { class: 'form', autocomplete: 'off', onsubmit: (event) => void submit(event) },
    client === null && labelled('client.kind', kinds(fields)),
    labelled('client.name', h('input', { required: true, maxlength: 500, value: fields.name, oninput: take('name') })),
    labelled('client.phonesEach', h('textarea', { rows: 2, inputmode: 'tel', oninput: take('phones') }, fields.phones)),
    labelled('call.responsible', people(fields)),
    labelled('client.note', h('textarea', { rows: 2, maxlength: 5000, oninput: take('note') }, fields.note)),
    fault,
    h(
      'div',
      { class: 'form-buttons' },
      button,
      h('button', { type: 'button', class: 'button', onclick: cancel }, t('cancel')),
    ),
  );
}

const labelled = (word, control) => h('label', {}, h('span', {}, t(word)), control);

const kinds = (fields) =>
  selectOf({
    label: t('client.kind'),
    options: clientKinds.map((value) => ({ value, label: t(`client.kind.${value}`) })),
    value: fields.kind,
    choose: (value) => {
      fields.kind = value;
    },
  });

/** The responsible of today stays a choice even when nobody knows him any more. */
function people(fields) {
  const known = operators().map(({ id, name }) => ({ value: id, label: name }));
  const stranger = fields.responsible !== '' && known.every(({ value }) => value !== fields.responsible);
  return selectOf({
    label: t('call.responsible'),
    options: [
      { value: '', label: t('client.nobody') },
      ...known,
      ...(stranger ? [{ value: fields.responsible, label: fields.responsible }] : []),
    ],
    value: fields.responsible,
    choose: (value) => {
      fields.responsible = value;
    },
  });
}

const saved = ({ kind, name, phones, responsible, note }) => ({
  kind,
  name: name.trim(),
  phones: phones
    .split(/[\n,;]/)
    .map((each) => each.trim())
    .filter((each) => each !== ''),
  responsible: responsible === '' ? null : responsible,
  note: note.trim(),
});

export function startNewClient() {
  let place = null;
  const draw = () =>
    fill(
      place,
      h('h2', {}, t('client.add')),
      clientForm(
        null,
        async (fields) => {
          const made = await send('POST', '/clients', fields);
          forgetKnownClients(made.phones);
          refreshClients();
          notice(t('client.made'));
          if (place !== null) openSheet('client', made.id);
        },
        closeSheet,
      ),
    );
  const drawWithPeople = async (box) => {
    await loadPeople();
    // Not over what is being typed.
    if (place === box && box.querySelector('input').value === '') draw();
  };
  addSheet('new-client', {
    open(_id, box) {
      place = box;
      draw();
      box.querySelector('input')?.focus();
      void drawWithPeople(box);
    },
    draw,
    close() {
      place = null;
    },
  });
}
