import { h } from './dom.js';
import { SlackPane } from './slack-pane.js';
import { TelegramPane } from './telegram-pane.js';

const slack = new SlackPane(document.querySelector('#slack'));
const telegram = new TelegramPane(document.querySelector('#telegram'));
const connection = document.querySelector('#connection');

function pill(text, kind) {
  return h('span.pill', { class: kind }, text);
}

function drawConnection(state) {
  const limited = state.slack.ratelimited + state.telegram.ratelimited;
  const { transport } = state.telegram;
  connection.replaceChildren(
    state.slack.away ? pill('Slack is away', 'bad') : pill(state.slack.sockets > 0 ? 'Slack: Socket Mode' : 'Slack: signed HTTP', 'good'),
    state.telegram.away ? pill('Telegram is away', 'bad') : pill(transport ? `Telegram: ${transport}` : 'Telegram: no bot listens', transport ? 'good' : ''),
    pill(`${limited} × 429`, limited > 0 ? 'bad' : ''),
  );
}

function draw(state) {
  slack.draw(state.slack);
  telegram.draw(state.telegram);
  drawConnection(state);
  document.body.dataset.ready = '1';
}

// A button that is drawn anew between a press and its release is never clicked: what arrives meanwhile is drawn after the release.
let pressed = false;
let waiting;
function release() {
  pressed = false;
  setTimeout(() => {
    if (waiting === undefined || pressed) return;
    draw(waiting);
    waiting = undefined;
  });
}
addEventListener('pointerdown', () => { pressed = true; }, true);
addEventListener('pointerup', release, true);
addEventListener('pointercancel', release, true);

const events = new EventSource('/demo/events');
events.addEventListener('message', (event) => {
  const state = JSON.parse(event.data);
  if (pressed) waiting = state;
  else draw(state);
});
events.addEventListener('error', () => connection.replaceChildren(pill('the workspace has gone; waiting for it', 'bad')));
