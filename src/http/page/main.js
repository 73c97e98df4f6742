// Puts the page together: sign-in, then the views with the live feed behind them, and the sheets over them.
import { get, openFeed } from './api.js';
import { openCall, startCallSheet, takeSheetEvent } from './call-sheet.js';
import { startNewClient } from './client-form.js';
import { refreshClientSheet, startClientSheet } from './client-sheet.js';
import { drawClients, forgetClients, refreshClients, showClients, startClients } from './clients.js';
import { forgetConnections } from './connections.js';
import { drawDeliveries, forgetDeliveries, refreshDeliveries, showDeliveries, startDeliveries } from './deliveries.js';
import { byId } from './dom.js';
import { drawFilters, startFilters } from './filters.js';
import { drawHead, setAbout, setConnection, startHead } from './head.js';
import { drawHistory, forgetHistory, loadHistory, refreshHistory, startHistory } from './history.js';
import { startImportSheet } from './import-sheet.js';
import { keptToken } from './keep.js';
import { forgetKnownCalls } from './known-calls.js';
import { forgetKnownClients, numberOf, startKnownClients } from './known-clients.js';
import { drawLive, forgetLive, setLiveState, showSnapshot, startLive, takeEvent } from './live.js';
import { hideNotice, startNotices } from './notice.js';
import { forgetPeople } from './people.js';
import { startRequestsSheet } from './requests-sheet.js';
import { setRights } from './rights.js';
import { closeSheet, drawSheets, followSheet, startSheets } from './sheet.js';
import { askForToken, drawSignIn } from './sign-in.js';
import { drawTasks, forgetTasks, refreshTasks, showTasks, startTasks } from './tasks.js';
import { addView, currentView, drawNavigation, followView, forgetViews, markViews } from './views.js';

/** The built-in CRM hears of a call's end a moment after we do. */
const afterCallMs = 1500;
const refreshView = {
  clients: () => refreshClients(afterCallMs),
  tasks: () => refreshTasks(afterCallMs),
  deliveries: refreshDeliveries,
};

let feed = null;
let isSignedIn = false;
/** Whether the feed has been live before: then a snapshot means that we were away. */
let wasLive = false;
let sheetTimer = null;

function drawAll() {
  drawHead();
  drawSignIn();
  drawNavigation();
  drawLive();
  drawFilters();
  drawHistory();
  drawClients();
  drawTasks();
  drawDeliveries();
  drawSheets();
}

function followAddress() {
  if (!isSignedIn) return;
  followView();
  followSheet();
}

function signedIn(about) {
  isSignedIn = true;
  setRights(about.scopes);
  byId('board').hidden = false;
  setAbout(about);
  drawAll();
  void loadHistory();
  feed = openFeed({
    state(state) {
      setConnection(state);
      setLiveState(state);
    },
    snapshot(calls) {
      showSnapshot(calls);
      if (wasLive) {
        refreshHistory();
        refreshView[currentView()]?.();
      }
      wasLive = true;
    },
    event: takeNews,
    refused: () => signedOut('signIn.ended'),
  });
  followAddress();
}

function takeNews(event) {
  takeEvent(event);
  takeSheetEvent(event);
  if (event.type !== 'call.ended' && event.type !== 'call.merged') return;
  refreshHistory();
  refreshView[currentView()]?.();
  if (event.call) forgetKnownClients([numberOf(event.call)]);
  sheetTimer ??= setTimeout(() => {
    sheetTimer = null;
    refreshClientSheet();
  }, afterCallMs);
}

function signedOut(why) {
  feed?.stop();
  feed = null;
  wasLive = false;
  isSignedIn = false;
  keptToken.forget();
  setRights([]);
  byId('board').hidden = true;
  closeSheet();
  hideNotice();
  for (const forget of [
    forgetViews,
    forgetLive,
    forgetHistory,
    forgetClients,
    forgetTasks,
    forgetDeliveries,
    forgetConnections,
    forgetKnownCalls,
    forgetKnownClients,
    forgetPeople,
  ])
    forget();
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

startHead(
  drawAll,
  () => signedOut(null),
  (status) =>
    markViews(
      status?.parts.some(({ part, level }) => level === 'error' && /^(crm|deliveries to) /.test(part))
        ? ['deliveries']
        : [],
    ),
);
startNotices(() => signedOut('signIn.ended'));
startKnownClients(drawLive);
startLive(openCall);
startFilters(() => void loadHistory());
startHistory(openCall, failed);
startClients();
startTasks();
startDeliveries();
addView('clients', showClients);
addView('tasks', showTasks);
addView('deliveries', showDeliveries);
startSheets();
startCallSheet();
startClientSheet();
startNewClient();
startImportSheet();
startRequestsSheet();
addEventListener('hashchange', followAddress);
addEventListener('popstate', followAddress);
drawAll();
void begin();
