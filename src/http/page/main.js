// Puts the page together: sign-in, then the live feed beside the history.
import { get, openFeed } from './api.js';
import { closeSheet, drawSheet, followAddress, openCall, startSheet, takeSheetEvent } from './call-sheet.js';
import { byId } from './dom.js';
import { drawFilters, startFilters } from './filters.js';
import { drawHead, setAbout, setConnection, startHead } from './head.js';
import { drawHistory, forgetHistory, loadHistory, refreshHistory, startHistory } from './history.js';
import { keptToken } from './keep.js';
import { drawLive, forgetLive, setLiveState, showSnapshot, startLive, takeEvent } from './live.js';
import { askForToken, drawSignIn } from './sign-in.js';

let feed = null;
/** Whether the feed has been live before: then a snapshot means that we were away. */
let wasLive = false;

function drawAll() {
  drawHead();
  drawSignIn();
  drawLive();
  drawFilters();
  drawHistory();
  drawSheet();
}

function signedIn(about) {
  byId('board').hidden = false;
  setAbout(about);
  void loadHistory();
  feed = openFeed({
    state(state) {
      setConnection(state);
      setLiveState(state);
    },
    snapshot(calls) {
      showSnapshot(calls);
      if (wasLive) refreshHistory();
      wasLive = true;
    },
    event(event) {
      takeEvent(event);
      takeSheetEvent(event);
      if (event.type === 'call.ended' || event.type === 'call.merged') refreshHistory();
    },
    refused: () => signedOut('signIn.ended'),
  });
  followAddress();
}

function signedOut(why) {
  feed?.stop();
  feed = null;
  wasLive = false;
  keptToken.forget();
  byId('board').hidden = true;
  closeSheet();
  forgetLive();
  forgetHistory();
  setAbout(null);
  askForToken(signedIn, why);
}

/** A refusal of the token ends the sitting; any other failure is shown where it happened. */
function failed(error) {
  if (error.status === 401 || error.status === 403) signedOut('signIn.ended');
}

async function begin() {
  if (keptToken.get() === null) {
    askForToken(signedIn);
    return;
  }
  try {
    signedIn(await get('/about'));
  } catch (error) {
    if (error.status === 401 || error.status === 403) signedOut('signIn.ended');
    else askForToken(signedIn, 'signIn.offline');
  }
}

startHead(drawAll, () => signedOut(null));
startLive(openCall);
startFilters(() => void loadHistory());
startHistory(openCall, failed);
startSheet(failed);
drawAll();
void begin();
