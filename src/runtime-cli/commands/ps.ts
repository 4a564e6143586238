import { spawnSync } from 'node:child_process';
import { LibpodError } from '../../base/errors.js';
import { processesOf } from '../../bundles/signal.js';
import { statusOf } from '../../bundles/status.js';
import { usage } from '../arguments.js';
import { command, containerOf } from '../command.js';
import { writeOut } from '../write-out.js';

/** What ps(1) says of these processes: the lines with one of their PIDs in the column PID. */
function psTable(options: readonly string[], pids: readonly number[]): string[] {
  const { stdout, error, status, stderr } = spawnSync('ps', options, { encoding: 'utf8' });
  if (error !== undefined)
    throw new LibpodError('ERR_COMMAND_NOT_FOUND', `ps cannot be run: ${error.message}`);
  if (status !== 0) throw usage(`ps ${options.join(' ')}: ${stderr.trim()}`);
  const [head = '', ...lines] = stdout.trimEnd().split('\n');
  const column = head.trim().split(/\s+/).indexOf('PID');
  if (column < 0) throw usage(`ps ${options.join(' ')} has no column PID: ask for one`);
  const wanted = new Set(pids.map(String));
  return [head, ...lines.filter((line) => wanted.has(line.trim().split(/\s+/)[column] ?? ''))];
}

export const definition = command({
  flags: {
    format: { type: 'string', short: 'f', about: 'table or json' },
  },
  words: 'CONTAINER-ID [OPTIONS OF PS]',
  inOrder: true,
  async run({ format = 'table' }, words, globals) {
    const [id, ...options] = words;
    if (format !== 'table' && format !== 'json')
      throw usage(`invalid format ${JSON.stringify(format)}: give table or json`);
    const files = containerOf(id === undefined ? [] : [id], globals);
    const record = files.requireRecord();
    if ((await statusOf(files, record)) === 'stopped')
      throw new LibpodError('ERR_INVALID_STATE', `container not running: ${files.id}`);
    const pids = processesOf(record);
    if (format === 'json') writeOut(JSON.stringify(pids));
    else for (const line of psTable(options.length === 0 ? ['-ef'] : options, pids)) writeOut(line);
    return 0;
  },
});
