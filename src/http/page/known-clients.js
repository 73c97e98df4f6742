// Who a number belongs to, as the built-in CRM knows it: asked once for each number.
import { get } from './api.js';

const keptMax = 2000;
/** After a failure a number is asked about again. */
const retryMs = 30_000;
/** number → name, or null when nobody is known */
const names = new Map();
let onNews = () => {};

/** `news()` when a name has arrived. */
export function startKnownClients(news) {
  onNews = news;
}

/** The number of a call's client as the API takes it, or null. */
export function numberOf(call) {
  const number = call.client?.e164 ?? call.client?.number ?? null;
  return number !== null && number.length >= 3 && number.length <= 40 ? number : null;
}

/** The name when it is known by now; else null, and it is asked for. */
export function knownName(call) {
  const number = numberOf(call);
  if (number === null) return null;
  if (!names.has(number)) void ask(number);
  return names.get(number) ?? null;
}

async function ask(number) {
  if (names.size >= keptMax) names.delete(names.keys().next().value);
  names.set(number, null);
  try {
    const [client] = await clientsOf(number);
    // A lead that is named by its number says nothing new.
    if (!client || client.phones.includes(client.name)) return;
    names.set(number, client.name);
    onNews();
  } catch {
    setTimeout(() => names.delete(number), retryMs);
  }
}

/** Everybody with this number, best match first. @throws ApiFailure */
export async function clientsOf(number) {
  return (await get(`/clients/by-number/${encodeURIComponent(number)}`)).clients;
}

/** A client was made or changed: its numbers are asked about again, or all of them. */
export function forgetKnownClients(numbers = null) {
  if (numbers === null) names.clear();
  else for (const number of numbers) names.delete(number);
}
