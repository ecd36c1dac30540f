import { join, quote } from 'shlex';

/**
 * Shell that runs on the other machine. It needs a POSIX sh, Linux's /proc and setsid (util-linux or busybox), and keeps one small file per program in a folder of its own user:
 *
 *     <attempt>.<worker>.<number>     made by whoever comes first: the program that starts, or the one that ends it before its start
 *       pid <number> <start ticks>    its process group
 *       exit <code>                   its end
 *       over | folder | missing       it was never started: ended before, no such working folder, no such program
 *     <attempt>.over                  the worker that settled the attempt: programs of any other are not started any more
 *
 * /tmp and not XDG_RUNTIME_DIR, which goes away with the connection that is being lost.
 */
const folder = 'planb_d=/tmp/planb-$(id -u)';

/**
 * The command that ssh passes to the user's login shell, whichever that is: it starts a POSIX shell that reads its script, line by line up to a word, from standard input. So neither arguments nor
 * variables ever stand in an argument list of the other machine before the program itself is started, and the rest of the input is the program's.
 */
export function bootstrap(endWord: string): string {
  return `exec /bin/sh -c 's=; n=$(printf "\\nx"); n=\${n%x}; while IFS= read -r l; do [ "$l" = ${endWord} ] && break; s=$s$l$n; done; [ "$l" = ${endWord} ] || exit 255; unset l n; eval "$s"'`;
}

/** What is read through `bootstrap`, with what follows as the program's own input. */
export function framed(script: string, endWord: string, input = ''): string {
  return `${script}\n${endWord}\n${input}`;
}

/** The name of a program's file; ids hold letters, digits, `_`, `.` and `-`. */
export function attemptName(attempt: string): string {
  return attempt.replaceAll('/', '~').replaceAll(/[^\w.~-]/g, '_');
}

/** Looks once, when the connection is new, whether the machine has what is needed. Answers `ready`, or a sentence. */
export const prepareScript = `${folder}
[ "$(uname)" = Linux ] || { echo "is no Linux machine"; exit 0; }
command -v setsid >/dev/null || { echo "has no setsid; install util-linux there"; exit 0; }
(umask 077; mkdir "$planb_d") 2>/dev/null
{ [ -d "$planb_d" ] && [ ! -h "$planb_d" ] && [ -O "$planb_d" ] && [ -w "$planb_d" ]; } || { echo "has a $planb_d that does not belong to planb's user there; remove it"; exit 0; }
chmod 700 "$planb_d"
find "$planb_d" -type f -mtime +2 -exec rm -f {} +
echo ready`;

export interface RemoteProgram {
  readonly argv: readonly string[];
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** What of that account's own environment the program may see; the rest is taken away. */
  readonly keep: readonly string[];
  /** The file's name; begins with that of its attempt. */
  readonly id: string;
  readonly attempt: string;
  readonly worker: string;
  /** Files of programs that have ended and of which nothing more will be asked. */
  readonly forget: readonly string[];
}

/** Where a program is searched for as exec would; in a subshell, so that IFS stays. */
const isThere = `isthere() (
  case $1 in */*) [ -f "$1" ] && [ -x "$1" ]; exit;; esac
  IFS=:
  for p in $PATH; do [ -n "$p" ] && [ -f "$p/$1" ] && [ -x "$p/$1" ] && exit 0; done
  exit 1
)`;

/** In a session and process group of its own; its number is on record before the program takes the place of this shell. Positional parameters only: every name may be one of the program's variables. */
const inOwnGroup = `echo "pid $$ $(IFS= read -r s </proc/$$/stat; IFS=" "; set -f; set -- \${s##*[)]}; echo "\${20}")" >>"$1" || exit 255
shift
exec "$@"`;

/** Takes every variable away that this shell was given but for those named. By `unset`: the arguments of `env` could be read by anybody there. `command` keeps a shell alive whose own variable cannot go. */
function onlyVariables(names: readonly string[]): string {
  return `for planb_v in $(tr '\\n\\0' ' \\n' </proc/$$/environ | LC_ALL=C sed -n '/^[A-Za-z_][A-Za-z0-9_]*=/s/=.*//p'); do
  case ${quote(` ${names.join(' ')} `)} in *" $planb_v "*) ;; *) command unset "$planb_v" 2>/dev/null;; esac
done`;
}

/** Runs a program and leaves its end on record. Exit code 255 says: look at the record. */
export function runScript({ argv, cwd, env, keep, id, attempt, worker, forget }: RemoteProgram): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}; export ${name}`);
  return [
    onlyVariables(keep),
    folder,
    ...(forget.length === 0 ? [] : [`(cd "$planb_d" && rm -f -- ${join(forget)})`]),
    `planb_f=$planb_d/${quote(id)}; planb_o=$planb_d/${quote(attempt)}.over; planb_setsid=$(command -v setsid)`,
    '(set -C; umask 077; : >"$planb_f") 2>/dev/null || exit 255',
    `if [ -e "$planb_o" ] && [ "$(cat "$planb_o")" != ${quote(worker)} ]; then echo over >>"$planb_f"; exit 255; fi`,
    ...(cwd === undefined ? [] : [`cd ${quote(cwd.startsWith('/') ? cwd : `./${cwd}`)} 2>/dev/null || { echo folder >>"$planb_f"; exit 255; }`]),
    ...variables,
    isThere,
    `isthere ${quote(argv[0] ?? '')} || { echo missing >>"$planb_f"; exit 255; }`,
    `"$planb_setsid" /bin/sh -c ${quote(inOwnGroup)} sh "$planb_f" ${join(argv)}`,
    'planb_c=$?',
    'echo "exit $planb_c" >>"$planb_f"',
    'exit $planb_c',
  ].join('\n');
}

/**
 * `settle FILE` ends what the file tells of. $w is then `never` (it is kept from starting), `exit N` (it had ended), `over`, `folder` or `missing` (it was never started), `ended` (now), `gone` (it ended
 * without a record, as with the machine) or `left` (it does not end). What is ended is counted in $ended.
 */
const settle = `ended=0
members() {
  for q in /proc/[0-9]*/stat; do
    { IFS= read -r s <"$q"; } 2>/dev/null || continue
    IFS=" "; set -f; set -- \${s##*[)]}; set +f
    if [ "$3" = "$g" ] && [ "$1" != Z ] && [ "$1" != X ]; then return 0; fi
  done
  return 1
}
record() {
  g=; t=; x=
  while IFS=" " read -r k a b; do
    case $k in pid) g=$a; t=$b;; exit) x="exit $a";; over|folder|missing) x=$k;; esac
  done <"$1"
}
same() {
  { IFS= read -r s <"/proc/$g/stat"; } 2>/dev/null || return 0
  IFS=" "; set -f; set -- \${s##*[)]}; set +f
  [ "\${20}" = "$t" ]
}
late() { [ $(($(date +%s) - begun)) -gt $((grace / 20 + 8)) ]; }
settle() {
  w=never; begun=$(date +%s)
  (set -C; umask 077; echo over >"$1") 2>/dev/null && return
  n=0; hit=
  while :; do
    record "$1"
    if [ -n "$g" ] && ! { same && members; }; then
      [ -n "$x" ] || { sleep 0.1; record "$1"; }
      if [ -n "$hit" ]; then w=ended; else w=\${x:-gone}; fi
      return
    fi
    if [ -n "$x" ] && [ -z "$hit" ]; then w=$x; return; fi
    if [ -n "$g" ]; then
      if [ -z "$hit" ]; then hit=1; n=0; begun=$(date +%s); ended=$((ended + 1)); kill -s TERM -- "-$g" 2>/dev/null; kill -s CONT -- "-$g" 2>/dev/null; fi
      if [ "$n" -ge "$grace" ]; then kill -s KILL -- "-$g" 2>/dev/null; fi
    fi
    if late; then w=left; return; fi
    n=$((n + 1)); sleep 0.05
  done
}`;

const ticksOf = (graceMs: number): number => Math.max(0, Math.ceil(graceMs / 50));

/** Ends one program, or keeps it from starting; prints what became of it. */
export function endScript(id: string, graceMs: number): string {
  return [folder, `grace=${String(ticksOf(graceMs))}`, settle, `settle "$planb_d"/${quote(id)}`, 'echo "$w"'].join('\n');
}

/**
 * Ends everything of an attempt: its programs by their records, and by the mark in their environment what left their groups. Prints `ended N` or `left N`. From then on only `worker` starts programs for
 * the attempt.
 */
export function endAttemptScript(attempt: string, mark: string, worker: string, graceMs: number): string {
  const name = quote(attempt);
  return [
    folder,
    `grace=${String(ticksOf(graceMs))}`,
    settle,
    `(umask 077; echo ${quote(worker)} >"$planb_d"/${name}.over.new && mv -f "$planb_d"/${name}.over.new "$planb_d"/${name}.over) || exit 1`,
    'left=0',
    `for f in "$planb_d"/${name}.*; do`,
    '  case $f in *.over|*.over.new|*.writing) continue;; esac',
    '  [ -e "$f" ] || continue',
    '  settle "$f"',
    '  if [ "$w" = left ]; then left=$((left + 1)); fi',
    'done',
    `marked() {
  m=
  for q in $(grep -lF ${quote(mark)} /proc/[0-9]*/environ 2>/dev/null); do
    { tr "\\0" "\\n" <"$q"; } 2>/dev/null | grep -qxF ${quote(mark)} || continue
    q=\${q#/proc/}; q=\${q%/environ}
    { IFS= read -r s <"/proc/$q/stat"; } 2>/dev/null || continue
    case \${s##*[)]} in " Z"*|" X"*) continue;; esac
    m="$m $q"
  done
  [ -n "$m" ]
}`,
    // What the records made us split by blanks only.
    'unset IFS; n=0; seen=" "; begun=$(date +%s)',
    'while marked; do',
    '  for p in $m; do',
    '    case $seen in',
    '      *" $p "*) if [ "$n" -ge "$grace" ]; then kill -s KILL "$p" 2>/dev/null; fi;;',
    '      *) seen="$seen$p "; ended=$((ended + 1)); kill -s TERM "$p" 2>/dev/null; kill -s CONT "$p" 2>/dev/null;;',
    '    esac',
    '  done',
    '  if late; then left=$((left + 1)); break; fi',
    '  n=$((n + 1)); sleep 0.05',
    'done',
    'if [ "$left" -gt 0 ]; then echo "left $left"; else echo "ended $ended"; fi',
  ].join('\n');
}
