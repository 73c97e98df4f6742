// The recording of a call: played, sought in by its picture of loudness, saved. The sound itself is outside the page's tree, so that drawing
// the page anew does not stop it.
import { file, get } from './api.js';
import { fill, h, icon } from './dom.js';
import { explained, wentWrong } from './notice.js';
import { duration, t } from './speak.js';

/** call id → player */
const players = new Map();

/** The element that plays a call's recording. With `quiet`, nothing is shown when there is none. */
export function player(callId, quiet = false) {
  const known = players.get(callId) ?? make(callId, quiet);
  players.set(callId, known);
  known.draw();
  return known.box;
}

/** The sheet is closed: no more sound, and nothing kept. */
export function forgetPlayers() {
  for (const each of players.values()) each.end();
  players.clear();
}

function make(callId, quiet) {
  const address = `/calls/${encodeURIComponent(callId)}`;
  const box = h('div', { class: 'player-box' });
  const sound = new Audio();
  let found = null;
  let fault = null;
  let url = null;
  let isLoading = false;
  let ended = false;

  /** What is set while it plays. */
  const seek = h('input', {
    type: 'range',
    class: 'player-seek',
    min: 0,
    max: 1000,
    value: 0,
    oninput: () => {
      if (url === null) void toggle();
      else sound.currentTime = (seek.value / 1000) * totalSec();
      tell();
    },
  });
  const clock = h('span', { class: 'player-clock' });
  const button = h('button', { type: 'button', class: 'player-play', onclick: () => void toggle() });
  const heard = picture('player-heard');

  const totalSec = () => (Number.isFinite(sound.duration) ? sound.duration : found.durationMs / 1000);

  function tell() {
    const part = Math.min(1, sound.currentTime / Math.max(0.001, totalSec()));
    seek.value = String(part * 1000);
    seek.setAttribute('aria-valuetext', duration(sound.currentTime * 1000));
    heard.style.clipPath = `inset(0 ${(1 - part) * 100}% 0 0)`;
    fill(clock, `${duration(sound.currentTime * 1000)} / ${duration(totalSec() * 1000)}`);
  }

  function drawButton() {
    const word = t(sound.paused ? 'player.play' : 'player.pause');
    button.setAttribute('aria-label', word);
    button.title = word;
    button.disabled = isLoading;
    fill(button, icon(sound.paused ? 'play' : 'pause'));
  }
  for (const name of ['timeupdate', 'durationchange', 'seeked']) sound.addEventListener(name, tell);
  for (const name of ['play', 'pause', 'ended']) sound.addEventListener(name, drawButton);

  async function load() {
    if (url !== null) return;
    const { blob } = await file(`${address}/recording`);
    if (!ended) url = URL.createObjectURL(blob);
    sound.src = url;
  }

  async function toggle() {
    if (!sound.paused) {
      sound.pause();
      return;
    }
    for (const each of players.values()) each.pause();
    isLoading = true;
    drawButton();
    try {
      // Where a person has pointed before there was anything to hear.
      const wished = url === null ? seek.value / 1000 : null;
      await load();
      if (ended) return;
      await sound.play();
      if (wished !== null && wished > 0) sound.currentTime = wished * totalSec();
    } catch (error) {
      if (!ended)
        wentWrong(error.status === undefined ? { status: 1, message: t('player.cannot'), mend: null } : error);
    } finally {
      isLoading = false;
      drawButton();
    }
  }

  async function save() {
    try {
      const { name, blob } = await file(`${address}/recording?download=1`);
      const at = URL.createObjectURL(blob);
      h('a', { href: at, download: name }).click();
      // The browser has taken it by then.
      setTimeout(() => URL.revokeObjectURL(at), 60_000);
    } catch (error) {
      wentWrong(error);
    }
  }

  function draw() {
    if (fault !== null) {
      fill(box, !quiet && h('p', { class: 'hint' }, explained(fault).what));
      return;
    }
    if (found === null) {
      fill(box, !quiet && h('div', { class: 'skeleton' }));
      return;
    }
    drawButton();
    tell();
    seek.setAttribute('aria-label', t('player.seek'));
    fill(
      box,
      h(
        'div',
        { class: 'player' },
        button,
        h('div', { class: 'player-track' }, shape(picture('player-all')), shape(heard), seek),
        clock,
        h(
          'button',
          {
            type: 'button',
            class: 'tool',
            'aria-label': t('player.save'),
            title: t('player.save'),
            onclick: () => void save(),
          },
          icon('save'),
        ),
      ),
    );
  }

  const shape = (svg) => {
    svg.firstChild.setAttribute('d', pathOf(found.peaks));
    return svg;
  };

  async function begin() {
    try {
      found = await get(`${address}/peaks`);
    } catch (error) {
      fault = error;
      if (error.status === 401) wentWrong(error);
    }
    draw();
  }
  void begin();

  return {
    box,
    draw,
    pause: () => sound.pause(),
    end() {
      ended = true;
      sound.pause();
      sound.removeAttribute('src');
      if (url !== null) URL.revokeObjectURL(url);
    },
  };
}

const svgOf = (name) => document.createElementNS('http://www.w3.org/2000/svg', name);

function picture(name) {
  const svg = svgOf('svg');
  svg.setAttribute('class', name);
  svg.setAttribute('viewBox', `0 0 ${bars * 3} 32`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(svgOf('path'));
  return svg;
}

const bars = 120;

/** Bars from the middle line up and down; an even row when the loudness is not known. */
function pathOf(peaks) {
  const heights = Array.from({ length: bars }, (_none, index) => {
    if (peaks === null || peaks.length === 0) return 0.12;
    const from = Math.floor((index * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((index + 1) * peaks.length) / bars));
    // Speech is mostly quiet: by the root, so that it is seen.
    return Math.max(0.06, Math.sqrt(Math.max(...peaks.slice(from, to)) / 255));
  });
  return heights.map((height, index) => `M${index * 3} ${16 - height * 15}h2v${height * 30}h-2z`).join('');
}
