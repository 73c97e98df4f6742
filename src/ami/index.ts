// The public surface of the AMI client.
export { AmiClient } from './client.ts';
export type { AmiClientEvents, AmiState } from './client.ts';
export { AmiError } from './errors.ts';
export type { AmiErrorCode } from './errors.ts';
export { isEvent } from './events.ts';
export type { AmiEvent, AmiEventHeaders, AmiEventName } from './events.ts';
export { encodeAction } from './fields.ts';
export type { AmiFields } from './fields.ts';
export { AmiFramer } from './framing.ts';
export { AmiBlock } from './message.ts';
export type { AmiMessage } from './message.ts';
export type { AmiOptions } from './options.ts';
export { unescapeC } from './unescape.ts';
