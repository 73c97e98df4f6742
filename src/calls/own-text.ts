/**
 * The same value, whose texts share no memory with the message that they were cut from. A text cut out of an AMI block keeps the whole block
 * (about 700 bytes) for as long as it is kept: at 20,000 calls that was a third of all memory.
 */
export function ownText<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
