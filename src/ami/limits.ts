// Every limit and time of the client, each with its reason. Times are milliseconds, sizes are bytes.

/** First line of a manager is about 30 bytes; anything much longer is another protocol. */
export const BANNER_MAX_BYTES = 256;

/** The longest block seen is command output: the channel list of a PBX with 20,000 channels is under 4 MiB. */
export const BLOCK_MAX_BYTES = 4 * 1024 * 1024;

/** Most that is read from the socket at once. */
export const READ_BYTES = 64 * 1024;

/** Unparsed bytes: two full reads. Grows up to twice the largest block and shrinks again. */
export const BUFFER_BYTES = 128 * 1024;

/** Actions that wait for their answer. More than this means that nobody is answering. */
export const PENDING_MAX = 1_000;

/** Bytes that Asterisk has not read from us. It reads at once unless it hangs. */
export const UNSENT_MAX_BYTES = 1024 * 1024;

/** Items of one list answer: twice the largest PBX that we are measured with has channels. */
export const LIST_MAX_ITEMS = 50_000;

/** Events that come between login and `up`. Only the `system` class flows then. */
export const EARLY_EVENTS_MAX = 1_000;

/**
 * One line of an action, without its CRLF. Asterisk reads lines into 1,024 bytes; it drops a longer line up to there
 * and older releases take what follows for a line of its own, so a long value could smuggle a header in.
 */
export const LINE_MAX_BYTES = 1_000;

/** Lines of one action. Asterisk takes 128 headers and ignores the rest. */
export const LINES_MAX = 120;

/** Answer to an action; a busy Asterisk needs a second or two for a long list. */
export const ACTION_TIMEOUT_MS = 10_000;

/** From the first packet to being logged in. Asterisk delays the answer to a wrong secret by one second. */
export const LOGIN_TIMEOUT_MS = 15_000;

/** Silence after which Asterisk is asked whether it is there, and again the time that it has for answering. */
export const KEEP_ALIVE_MS = 10_000;

/** Back-off between attempts to connect: an Asterisk that restarts is back in a second or two. */
export const RECONNECT_MIN_MS = 500;
export const RECONNECT_MAX_MS = 30_000;

/** After a refused login: it will not be mended by trying, and Asterisk logs (and fail2ban counts) each attempt. */
export const REFUSED_RETRY_MS = 60_000;

/** A connection that lasted this long was a good one: the next attempt starts again from the shortest back-off. */
export const STABLE_MS = 10_000;

/** How long `stop` waits for Asterisk to close the connection after Logoff. */
export const LOGOFF_MS = 500;
