#!/usr/bin/env node
// Stands in for gpu-cli: says what it says, and starts a real pod on this machine. What it was called with goes to the file that
// GPU_CALLS names.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const [command, ...args] = process.argv.slice(2);
appendFileSync(process.env.GPU_CALLS, `${[command, ...args].join(' ')}\n`);
if (command !== 'run') process.exit(0);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
for (const line of ['Detecting project', 'Resolving', 'Using pod abc123', 'Connecting', 'Syncing 1/2 files', 'Syncing 2/2 files', 'Installing dependencies']) {
  console.log(line);
  await pause(80);
}
console.error(`Remote 8000 -> http://localhost:${process.env.GPU_PORT} (remapped)`);
console.log('Running: gaze pod');
const pod = spawn(process.env.GPU_PROGRAM, ['pod', '--host', 'localhost', '--port', process.env.GPU_PORT, '--folder', process.env.GPU_JOBS, '--engine', 'embedded'], { stdio: 'ignore' });
process.on('SIGTERM', () => pod.kill('SIGTERM'));
process.on('SIGINT', () => pod.kill('SIGTERM'));
pod.on('exit', (code) => process.exit(code ?? 1));
