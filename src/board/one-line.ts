/** Lines joined by a blank, what was blank around the breaks gone. Its cost grows with the text alone: an expression such as \s*\n\s* takes the square of a run of blanks. */
export function oneLine(text: string): string {
  const lines = text.split('\n');
  const last = lines.length - 1;
  return lines
    .map((line, index) => (index === 0 ? (last === 0 ? line : line.trimEnd()) : index === last ? line.trimStart() : line.trim()))
    .filter((line, index) => line !== '' || index === 0 || index === last)
    .join(' ');
}
