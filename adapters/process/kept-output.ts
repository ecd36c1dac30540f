/** Keeps the two ends of an output that may be of any length. */
export interface KeptOutput {
  add(text: string): void;
  /** What was kept, with a note at the gap, and the bytes (UTF-8) that the gap leaves out. */
  finish(): { readonly text: string; readonly droppedBytes: number };
}

/** At most `maxBytes` are kept: the first half shows how the output began, the second how it ended. */
export function keepEnds(maxBytes: number): KeptOutput {
  const half = Math.floor(maxBytes / 2);
  const head: string[] = [];
  let headBytes = 0;
  let isHeadFull = false;
  let tail: { readonly text: string; readonly bytes: number }[] = [];
  let tailBytes = 0;
  let first = 0;
  let dropped = 0;

  return {
    add: (text) => {
      const bytes = Buffer.byteLength(text);
      isHeadFull ||= headBytes + bytes > half;
      if (!isHeadFull) {
        head.push(text);
        headBytes += bytes;
        return;
      }
      tail.push({ text, bytes });
      tailBytes += bytes;
      for (let oldest = tail[first]; oldest !== undefined && tailBytes - oldest.bytes >= half; oldest = tail[first]) {
        first += 1;
        tailBytes -= oldest.bytes;
        dropped += oldest.bytes;
      }
      // The array is shortened now and then, not each time: moving it for every line would cost its square.
      if (first > 1_024 && first > tail.length / 2) {
        tail = tail.slice(first);
        first = 0;
      }
    },
    finish: () => {
      const end = Buffer.from(tail.slice(first).map((part) => part.text).join(''));
      const cut = cutFront(end, half);
      const droppedBytes = dropped + end.length - cut.length;
      const note = droppedBytes === 0 ? '' : `\n[… ${droppedBytes} bytes left out …]\n`;
      return { text: head.join('') + note + cut.toString('utf8'), droppedBytes };
    },
  };
}

/** The last `maxBytes` of a text, beginning with a whole character. */
function cutFront(text: Buffer, maxBytes: number): Buffer {
  let from = Math.max(text.length - maxBytes, 0);
  while (from > 0 && ((text[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return text.subarray(from);
}
