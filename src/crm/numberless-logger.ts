// Numbers of clients kept out of the log: CRMs repeat them in their errors.
import { maskNumber } from '../phones/mask.ts';
import type { Logger } from './contract.ts';
import { mapTexts } from './texts.ts';

/** E.164 with its plus, or a Russian or Kazakh number as people write it; not a part of an id such as `main-1763629260.17`. */
const outsideNumber = /(?<![\w.-])(?:\+\d{9,15}|[78]\d{10})(?!\w|\.\d)/g;

/** The logger with the middle of outside numbers hidden (setting `log.maskNumbers`). */
export function numberlessLogger(logger: Logger): Logger {
  const hide = (text: string): string => text.replace(outsideNumber, maskNumber);
  const fields = (given: object): object => mapTexts(given, hide) as object;
  return {
    debug: (given, message) => logger.debug(fields(given), hide(message)),
    info: (given, message) => logger.info(fields(given), hide(message)),
    warn: (given, message) => logger.warn(fields(given), hide(message)),
    error: (given, message) => logger.error(fields(given), hide(message)),
  };
}
