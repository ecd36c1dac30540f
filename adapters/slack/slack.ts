import { App, type Receiver, webApi } from '@slack/bolt';
import type { ChatCommand } from '../../src/command/command.js';
import { parseCommand } from '../../src/command/parse.js';
import { ActorReader } from './actor.js';
import { IdentityReader } from './identity.js';
import type { SlackAdapter, SlackOptions } from './options.js';
import { Intake } from './receive/intake.js';
import { HttpReceiver } from './receive/http-receiver.js';
import { addListeners } from './receive/listeners.js';
import { SocketReceiver } from './receive/socket-receiver.js';
import { renderReply } from './render/reply.js';
import { BoardSender } from './send/post-board.js';
import { postDetails } from './send/post-details.js';
import { postNotice } from './send/post-notice.js';
import { toChatError } from './send/chat-error.js';
import { ReplySender } from './send/reply-to.js';
import { FileUploader } from './send/upload-file.js';
import { boltLogger, DEFAULT_API_URL, webClientOptions } from './web-client.js';
import { wordsOf } from './words.js';

/**
 * Slack as planb uses it, on Bolt. With an app token it connects by Socket Mode, else `handle` takes Slack's signed requests.
 * Nothing is sent or opened before `start`. Throws where neither an app token nor a signing secret is given.
 */
export function createSlack(options: SlackOptions): SlackAdapter {
  const now = options.now ?? Date.now;
  const { log } = options;
  const words = wordsOf(options.locale);
  const clientOptions = webClientOptions(options.apiUrl, log);
  const client = new webApi.WebClient(options.botToken, clientOptions);
  const identity = new IdentityReader(client);
  const replies = new ReplySender(client, clientOptions.slackApiUrl ?? DEFAULT_API_URL);
  const intake = new Intake({ identity, actors: new ActorReader(client, now), accept: options.accept, replies, words, log });

  const http = options.appToken === undefined ? new HttpReceiver(signingSecretOf(options), log, now) : undefined;
  const receiver: Receiver = http ?? new SocketReceiver(options.appToken ?? '', webClientOptions(options.apiUrl, log), log);
  const app = new App({
    receiver,
    // The Web API client is planb's own; without a listener that uses Bolt's, no token has to be looked up for a message.
    authorize: () => Promise.resolve({ botToken: options.botToken }),
    ignoreSelf: false,
    convoStore: false,
    logger: boltLogger(log),
    clientOptions: webClientOptions(options.apiUrl, log),
  });
  // Receivers decide what a failure means for the acknowledgement.
  app.error((error) => Promise.reject(error));
  const parsing = { command: options.command, ...(options.targets === undefined ? {} : { targets: options.targets }) };
  const parse = (text: string): ChatCommand => parseCommand(text, parsing);
  addListeners(app, { intake, client, parse, formChoices: options.formChoices, knows: options.knows ?? (() => true), words, log });

  const boards = new BoardSender(client, log, now);
  const files = new FileUploader(client, log, options.locale);
  const life = new AbortController();
  return {
    platform: 'slack',
    postBoard: (to, board, mentions) => boards.post(to, board, mentions),
    editBoard: (ref, board, mentions) => boards.edit(ref, board, mentions),
    postNotice: (to, notice, board, mentions) => postNotice(client, to, notice, board, mentions),
    reply: (to, reply, mentions) => replies.send(to, renderReply(reply, mentions)),
    postDetails: (board, content, mentions) => postDetails(files, board, content, mentions),
    postFile: (board, file) => files.upload(board, file),
    start: async () => {
      await identity.read();
      if (life.signal.aborted) return;
      try {
        await receiver.start();
      } catch (error) {
        throw toChatError(error, 'connect');
      }
    },
    stop: async () => {
      life.abort();
      await receiver.stop();
    },
    ...(http === undefined ? {} : { handle: http.handle }),
  };
}

function signingSecretOf(options: SlackOptions): string {
  if (options.signingSecret === undefined || options.signingSecret === '') throw new Error('Slack needs an app token (Socket Mode) or a signing secret (HTTP)');
  return options.signingSecret;
}
