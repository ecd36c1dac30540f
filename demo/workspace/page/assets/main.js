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

const events = new EventSource('/demo/events');
events.addEventListener('message', (event) => {
  const state = JSON.parse(event.data);
  slack.draw(state.slack);
  telegram.draw(state.telegram);
  drawConnection(state);
  document.body.dataset.ready = '1';
});
events.addEventListener('error', () => connection.replaceChildren(pill('the workspace has gone; waiting for it', 'bad')));
