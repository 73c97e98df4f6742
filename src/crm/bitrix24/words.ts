// What we write into the portal, in the language that its people read.
import type { Call } from '../../calls/call.ts';

export interface Words {
  /** Title of a lead. */
  titles: Record<Call['direction'], string>;
  /** By STATUS_CODE. */
  results: Readonly<Record<string, string>>;
  missedTask: string;
  orderFailed: string;
  reasons: Record<string, string>;
  noExtension: string;
  tooLate: string;
}

const ru: Words = {
  titles: { inbound: 'Входящий звонок', outbound: 'Исходящий звонок', internal: 'Внутренний звонок' },
  results: {
    '200': 'Успешный звонок',
    '304': 'Абонент не ответил',
    '404': 'Номер не обслуживается',
    '484': 'Некорректный номер',
    '486': 'Номер занят',
    '603': 'Вызов отклонён',
  },
  missedTask: 'Пропущенный звонок',
  orderFailed: 'Звонок не состоялся',
  reasons: {
    'no-answer': 'ваш телефон не ответил',
    busy: 'ваш телефон занят',
    rejected: 'вызов отклонён на вашем телефоне',
    unavailable: 'ваш телефон не в сети',
    'not-allowed': 'на этот номер звонить не разрешено',
    'pbx-down': 'АТС недоступна',
  },
  noExtension: 'за вами не закреплён внутренний номер',
  tooLate: 'запрос дошёл до АТС слишком поздно',
};

const en: Words = {
  titles: { inbound: 'Incoming call', outbound: 'Outgoing call', internal: 'Internal call' },
  results: {
    '200': 'Successful call',
    '304': 'Nobody answered',
    '404': 'Number not in service',
    '484': 'Incorrect number',
    '486': 'Number busy',
    '603': 'Call declined',
  },
  missedTask: 'Missed call',
  orderFailed: 'The call could not be made',
  reasons: {
    'no-answer': 'your phone did not answer',
    busy: 'your phone is busy',
    rejected: 'the call was declined on your phone',
    unavailable: 'your phone is not connected',
    'not-allowed': 'this number may not be called',
    'pbx-down': 'the PBX is away',
  },
  noExtension: 'you have no extension',
  tooLate: 'the request reached the PBX too late',
};

export const words: Readonly<Record<'ru' | 'en', Words>> = { ru, en };

/** Takes BBCode's brackets from a text of others (a caller's name), so that it stays text where the portal shows BBCode. */
export function plainText(text: string): string {
  return text.replaceAll('[', '(').replaceAll(']', ')');
}
